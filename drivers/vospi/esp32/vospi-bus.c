/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The video bus on the ESP32: the VSYNC interrupt wakes a task pinned to core 1, which has the SPI controller read a whole segment by
 * DMA into internal RAM, one transaction of 10,004 bytes = 5.0 ms at 16 MHz.
 *
 * VSYNC is a capture input of the MCPWM: the hardware latches the time of the edge. So the time is right however late the interrupt is
 * handled. The handler need not be in IRAM. The interrupt is not of the GPIO service, which the SDK's digital inputs install and share.
 */

#include <stdio.h>
#include <string.h>

#include "driver/gpio.h"
#include "driver/spi_master.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "notifier.h"
#include "pulse-timer.h"
#include "quiet-window.h"
#include "vospi-bus.h"
#include "vospi-memory.h"

enum {
    kCore = 1,
    kPriority = 20, /* above XS (4) and lwIP (18) */
    kStackBytes = 4096,
    kBuffers = 2,
    /* A period's margin for the interrupt, the task switch and the driver (28 us a transaction with interrupt and DMA). */
    kMarginMicroseconds = 300,
    kSelectLeadBits = 4, /* CS is low this many clocks before the first */
    kReported = 1,       /* event of the notifier: the mailbox has events */
};

struct VospiBus {
    Notifier notifier;
    VospiCapture *capture;
    VospiPins pins;
    bool bus_ready;
    PulseTimer timer;
    spi_device_handle_t device;
    uint8_t *buffers[kBuffers]; /* DMA-capable, kVospiSegmentBytes each */
    TaskHandle_t task;
    SemaphoreHandle_t changed; /* the task is ready, or has ended */
    esp_err_t vsync_error;     /* valid when the task is ready */
    /* Written by the interrupt: the timer at the latest pulse. The timer overflows after 54 s; no two pulses have the same value. */
    _Atomic uint32_t pulse;
    /* The task's own. */
    uint32_t pulse_seen; /* the latest value of `pulse` that was taken */
    uint32_t packet_nanoseconds;
    bool begun;         /* a transfer is under way */
    int64_t idle_since; /* microseconds: end of the last transfer, or start of the run */
    spi_transaction_t transaction;
};

static bool on_vsync(void *refcon, uint32_t value)
{
    VospiBus *bus = refcon;
    BaseType_t woken = pdFALSE;

    atomic_store_explicit(&bus->pulse, value, memory_order_release);
    vTaskNotifyGiveFromISR(bus->task, &woken);
    return woken == pdTRUE;
}

bool vospi_bus_vsync_waits(const VospiBus *bus)
{
    return atomic_load_explicit(&bus->pulse, memory_order_acquire) != bus->pulse_seen;
}

static void drop_pulse(VospiBus *bus)
{
    bus->pulse_seen = atomic_load_explicit(&bus->pulse, memory_order_acquire);
}

/*
 * The time of the latest pulse, which is then seen; missed ones show as a gap in time. The clock is read after the pulse: the other way
 * round a pulse between the two would be later than "now", and count as one of 54 s ago. The timer is read after the clock: a delay
 * between the two makes the pulse seem earlier, so that its segment is read only if there is time.
 */
static VospiPulse take_pulse(VospiBus *bus)
{
    drop_pulse(bus);
    int64_t now = esp_timer_get_time();
    uint32_t age = (pulse_timer_now() - bus->pulse_seen) / bus->timer.ticks_per_microsecond;
    /* Milliseconds as Time.ticks of the XS side, which counts FreeRTOS ticks in 32 bits, continued beyond them. */
    int64_t about = now / 1000;
    uint32_t ticks = (uint32_t)pdTICKS_TO_MS(xTaskGetTickCount());
    int64_t milliseconds = about + (int32_t)(ticks - (uint32_t)about);
    return (VospiPulse){.microseconds = (uint64_t)(now - age), .captured = (uint64_t)(milliseconds - age / 1000)};
}

/* Microseconds that reading `packets` takes, with the margin. */
static int64_t needed(const VospiBus *bus, uint32_t packets)
{
    return (int64_t)packets * bus->packet_nanoseconds / 1000 + kMarginMicroseconds;
}

uint8_t *vospi_bus_buffer(VospiBus *bus, uint32_t index)
{
    return bus->buffers[index];
}

bool vospi_bus_begin_read(VospiBus *bus, const VospiPulse *pulse, uint8_t *packets, uint32_t count)
{
    if (esp_timer_get_time() - (int64_t)pulse->microseconds + needed(bus, count) > kVospiPeriodMicroseconds)
        return false;
    bus->transaction = (spi_transaction_t){.rxlength = count * kVospiPacketBytes * 8, .rx_buffer = packets};
    bus->begun = spi_device_queue_trans(bus->device, &bus->transaction, 0) == ESP_OK;
    return true;
}

/* The controller clocks itself, so a transfer always ends. Without one the buffer would hold an older segment. */
bool vospi_bus_end_read(VospiBus *bus, uint8_t *packets, uint32_t count)
{
    spi_transaction_t *done;
    if (!bus->begun || spi_device_get_trans_result(bus->device, &done, portMAX_DELAY) != ESP_OK)
        memset(packets, 0, count * kVospiPacketBytes);
    bus->idle_since = esp_timer_get_time();
    return true;
}

void vospi_bus_quiet(VospiBus *bus, const VospiPulse *pulse)
{
    (void)bus;
    quiet_window_open_until(pulse->microseconds + kVospiQuietMicroseconds);
}

/* CS is high and the clock idle whenever no transfer is under way: only time has to pass. */
bool vospi_bus_idle(VospiBus *bus, uint32_t microseconds)
{
    int64_t end = bus->idle_since + microseconds;
    for (;;) {
        int64_t left = end - esp_timer_get_time();
        if (left <= 0 || vospi_capture_interrupted(bus->capture))
            break;
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(left / 1000) + 1);
    }
    drop_pulse(bus);
    return true;
}

/* VSYNC wakes the task, too. */
bool vospi_bus_hold(VospiBus *bus)
{
    (void)bus;
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    return true;
}

VospiWake vospi_bus_await_vsync(VospiBus *bus, VospiPulse *pulse, uint32_t microseconds)
{
    int64_t end = esp_timer_get_time() + microseconds;
    while (!vospi_bus_vsync_waits(bus)) {
        int64_t left = end - esp_timer_get_time();
        if (vospi_capture_interrupted(bus->capture))
            return kVospiWakeRequest;
        if (left <= 0)
            return kVospiWakeTimeout;
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(left / 1000) + 1);
    }
    *pulse = take_pulse(bus);
    return kVospiWakeVsync;
}

bool vospi_bus_sleep(VospiBus *bus)
{
    (void)bus;
    ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    return true;
}

bool vospi_bus_start(VospiBus *bus)
{
    bus->idle_since = esp_timer_get_time();
    return pulse_timer_enable(&bus->timer, true) == ESP_OK;
}

bool vospi_bus_stop(VospiBus *bus)
{
    return pulse_timer_enable(&bus->timer, false) == ESP_OK;
}

void vospi_bus_wake(VospiBus *bus)
{
    xTaskNotifyGive(bus->task);
}

void vospi_bus_notify(VospiBus *bus)
{
    notifier_post(&bus->notifier, kReported);
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    VospiBus *bus = owner;
    (void)events;
    vospi_capture_deliver(the, bus->capture);
}

/* On the capture task's core, which then handles the interrupt. It stays off until a run starts. */
static esp_err_t open_vsync(VospiBus *bus)
{
    const gpio_config_t pin = {
        .pin_bit_mask = 1ULL << bus->pins.vsync,
        .mode = GPIO_MODE_INPUT,
        .pull_up_en = GPIO_PULLUP_DISABLE,
        .pull_down_en = GPIO_PULLDOWN_DISABLE,
        .intr_type = GPIO_INTR_DISABLE,
    };
    esp_err_t error = gpio_config(&pin);

    bus->timer.on_pulse = on_vsync;
    bus->timer.refcon = bus;
    return error == ESP_OK ? pulse_timer_open(&bus->timer, bus->pins.vsync) : error;
}

/* After the run. */
static void close_vsync(VospiBus *bus)
{
    pulse_timer_close(&bus->timer);
    gpio_reset_pin((gpio_num_t)bus->pins.vsync);
}

static void capture_task(void *refcon)
{
    VospiBus *bus = refcon;

    bus->vsync_error = open_vsync(bus);
    if (bus->vsync_error == ESP_OK) {
        xSemaphoreGive(bus->changed);
        vospi_capture_loop(bus->capture);
    }
    close_vsync(bus);
    xSemaphoreGive(bus->changed);
    vTaskDelete(NULL);
}

static esp_err_t open_memory(VospiBus *bus)
{
    for (int i = 0; i < kBuffers; i++) {
        bus->buffers[i] = heap_caps_malloc(kVospiSegmentBytes, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
        if (!bus->buffers[i])
            return ESP_ERR_NO_MEM;
    }
    bus->changed = xSemaphoreCreateBinary();
    return bus->changed ? ESP_OK : ESP_ERR_NO_MEM;
}

static esp_err_t open_spi(VospiBus *bus)
{
    const VospiPins *pins = &bus->pins;
    /* The sensor's MOSI is grounded on the board: nothing is sent. */
    spi_bus_config_t config = {
        .mosi_io_num = -1,
        .miso_io_num = pins->in,
        .sclk_io_num = pins->clock,
        .quadwp_io_num = -1,
        .quadhd_io_num = -1,
        .max_transfer_sz = kVospiSegmentBytes,
        .isr_cpu_id = ESP_INTR_CPU_AFFINITY_1,
    };
    /* Half duplex: without a sending phase the ESP32's DMA needs no buffer to send from. */
    spi_device_interface_config_t device = {
        .mode = 3,
        .clock_speed_hz = pins->hz,
        .spics_io_num = pins->select,
        .cs_ena_pretrans = kSelectLeadBits,
        .flags = SPI_DEVICE_HALFDUPLEX,
        .queue_size = 1,
    };
    esp_err_t error = spi_bus_initialize((spi_host_device_t)pins->port, &config, SPI_DMA_CH_AUTO);
    if (error != ESP_OK)
        return error;
    bus->bus_ready = true;
    return spi_bus_add_device((spi_host_device_t)pins->port, &device, &bus->device);
}

/* The controller divides its own clock by a whole number, so it may be well below the one asked for. */
static bool set_clock(VospiBus *bus, int *khz)
{
    if (spi_device_get_actual_freq(bus->device, khz) != ESP_OK || *khz <= 0)
        return false;
    bus->packet_nanoseconds = (uint32_t)((kVospiPacketBytes * 8 * 1000000ULL + (uint32_t)*khz - 1) / (uint32_t)*khz);
    return needed(bus, kVospiSegmentPackets) <= kVospiPeriodMicroseconds;
}

/* The task opens VSYNC; when that fails it has ended. */
static esp_err_t open_task(VospiBus *bus)
{
    if (xTaskCreatePinnedToCore(capture_task, "vospi", kStackBytes, bus, kPriority, &bus->task, kCore) != pdPASS)
        return ESP_ERR_NO_MEM;
    xSemaphoreTake(bus->changed, portMAX_DELAY);
    if (bus->vsync_error != ESP_OK)
        bus->task = NULL;
    return bus->vsync_error;
}

bool vospi_bus_open(xsMachine *the, const VospiPins *pins, VospiCapture *capture, char *error, size_t size)
{
    VospiBus *bus = quiet_window_init() ? notifier_allocate(sizeof(VospiBus)) : NULL;
    int khz = 0;

    if (!bus) {
        snprintf(error, size, "no memory");
        return false;
    }
    notifier_init(&bus->notifier, the, bus, on_posted);
    bus->pins = *pins;
    bus->capture = capture;
    capture->bus = bus;
    const char *part = "memory";
    esp_err_t failed = open_memory(bus);
    if (failed == ESP_OK) {
        part = "SPI";
        failed = open_spi(bus);
    }
    bool slow = failed == ESP_OK && !set_clock(bus, &khz);
    if (slow)
        failed = ESP_FAIL;
    if (failed == ESP_OK) {
        part = "VSYNC";
        failed = open_task(bus);
    }
    if (failed == ESP_OK)
        return true;
    if (slow)
        snprintf(error, size, "an SPI clock of %d kHz is too slow to read a segment between two VSYNCs", khz);
    else
        snprintf(error, size, "%s: %s", part, esp_err_to_name(failed));
    vospi_bus_close(bus);
    return false;
}

static void end_task(VospiBus *bus)
{
    if (bus->task) {
        vospi_capture_end(bus->capture);
        xSemaphoreTake(bus->changed, portMAX_DELAY);
    }
}

static void free_parts(VospiBus *bus)
{
    if (bus->device)
        spi_bus_remove_device(bus->device);
    if (bus->bus_ready)
        spi_bus_free((spi_host_device_t)bus->pins.port);
    for (int i = 0; i < kBuffers; i++)
        heap_caps_free(bus->buffers[i]);
    if (bus->changed)
        vSemaphoreDelete(bus->changed);
}

void vospi_bus_close(VospiBus *bus)
{
    end_task(bus);
    free_parts(bus);
    bus->notifier.silent = true;
    notifier_release(&bus->notifier);
}

void *vospi_allocate(size_t bytes)
{
    void *memory = heap_caps_calloc(1, bytes, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);
    /* Boards without PSRAM have room for few slots only. */
    return memory ? memory : heap_caps_calloc(1, bytes, MALLOC_CAP_8BIT);
}

void *vospi_allocate_atomic(size_t bytes)
{
    return heap_caps_calloc(1, bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
}

void vospi_free(void *memory)
{
    heap_caps_free(memory);
}
