/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The video bus on the ESP32: the VSYNC interrupt wakes a task pinned to core 1 (XS is on core 0), which has the SPI controller read a
 * whole segment by DMA into internal RAM, one transaction of 10,004 bytes = 5.0 ms at 16 MHz.
 */

#include <stdio.h>
#include <string.h>

#include "driver/gpio.h"
#include "driver/spi_master.h"
#include "esp_attr.h"
#include "esp_err.h"
#include "esp_heap_caps.h"
#include "esp_timer.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "freertos/task.h"

#include "notifier.h"
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
    bool interrupt_ready;
    spi_device_handle_t device;
    uint8_t *buffers[kBuffers]; /* DMA-capable, kVospiSegmentBytes each */
    TaskHandle_t task;
    SemaphoreHandle_t ended;
    /* Written by the interrupt: low word of esp_timer's microseconds at the latest pulse. No two pulses have the same. */
    _Atomic uint32_t pulse;
    /* The task's own. */
    uint32_t pulse_seen; /* the latest value of `pulse` that was taken */
    uint32_t packet_nanoseconds;
    bool begun; /* a transfer is under way */
    spi_transaction_t transaction;
};

static void IRAM_ATTR vsync_interrupt(void *refcon)
{
    VospiBus *bus = refcon;
    BaseType_t woken = pdFALSE;

    atomic_store_explicit(&bus->pulse, (uint32_t)esp_timer_get_time(), memory_order_release);
    vTaskNotifyGiveFromISR(bus->task, &woken);
    if (woken)
        portYIELD_FROM_ISR();
}

bool vospi_bus_vsync_waits(const VospiBus *bus)
{
    return atomic_load_explicit(&bus->pulse, memory_order_acquire) != bus->pulse_seen;
}

/*
 * The time of the latest pulse, which is then seen; missed ones show as a gap in time. The clock is read after the pulse: the other way
 * round a pulse between the two would be later than "now", and count as one of 71 minutes ago.
 */
static VospiPulse take_pulse(VospiBus *bus)
{
    bus->pulse_seen = atomic_load_explicit(&bus->pulse, memory_order_acquire);
    int64_t now = esp_timer_get_time();
    uint32_t age = (uint32_t)now - bus->pulse_seen;
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
    return true;
}

/* CS is high and the clock idle whenever no transfer is under way: only time has to pass. */
bool vospi_bus_pause(VospiBus *bus, uint32_t microseconds)
{
    int64_t end = esp_timer_get_time() + microseconds;
    for (;;) {
        int64_t left = end - esp_timer_get_time();
        if (left <= 0 || !vospi_capture_running(bus->capture))
            break;
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(left / 1000) + 1);
    }
    take_pulse(bus);
    return true;
}

VospiWake vospi_bus_await_vsync(VospiBus *bus, VospiPulse *pulse)
{
    int64_t end = esp_timer_get_time() + kVospiNoVsyncMicroseconds;
    while (!vospi_bus_vsync_waits(bus)) {
        int64_t left = end - esp_timer_get_time();
        if (!vospi_capture_running(bus->capture))
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
    gpio_intr_enable((gpio_num_t)bus->pins.vsync);
    return true;
}

bool vospi_bus_stop(VospiBus *bus)
{
    gpio_intr_disable((gpio_num_t)bus->pins.vsync);
    return true;
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

static void capture_task(void *refcon)
{
    VospiBus *bus = refcon;

    vospi_capture_loop(bus->capture);
    xSemaphoreGive(bus->ended);
    vTaskDelete(NULL);
}

static esp_err_t open_memory(VospiBus *bus)
{
    for (int i = 0; i < kBuffers; i++) {
        bus->buffers[i] = heap_caps_malloc(kVospiSegmentBytes, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
        if (!bus->buffers[i])
            return ESP_ERR_NO_MEM;
    }
    bus->ended = xSemaphoreCreateBinary();
    return bus->ended ? ESP_OK : ESP_ERR_NO_MEM;
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

/* Before open_vsync(): the interrupt wakes the task. */
static esp_err_t open_task(VospiBus *bus)
{
    BaseType_t made = xTaskCreatePinnedToCore(capture_task, "vospi", kStackBytes, bus, kPriority, &bus->task, kCore);
    return made == pdPASS ? ESP_OK : ESP_ERR_NO_MEM;
}

static esp_err_t open_vsync(VospiBus *bus)
{
    gpio_num_t pin = (gpio_num_t)bus->pins.vsync;
    gpio_config_t config = {
        .pin_bit_mask = 1ULL << bus->pins.vsync,
        .mode = GPIO_MODE_INPUT,
        .pull_up_en = GPIO_PULLUP_DISABLE,
        .pull_down_en = GPIO_PULLDOWN_DISABLE,
        .intr_type = GPIO_INTR_POSEDGE,
    };
    esp_err_t error = gpio_config(&config);
    if (error == ESP_OK)
        error = gpio_intr_disable(pin);
    if (error != ESP_OK)
        return error;
    /* Shared with the SDK's digital inputs, which may have installed it. */
    error = gpio_install_isr_service(0);
    if (error != ESP_OK && error != ESP_ERR_INVALID_STATE)
        return error;
    error = gpio_isr_handler_add(pin, vsync_interrupt, bus);
    bus->interrupt_ready = error == ESP_OK;
    if (error == ESP_OK)
        error = gpio_intr_disable(pin); /* until capture starts; adding the handler enabled it */
    return error;
}

bool vospi_bus_open(xsMachine *the, const VospiPins *pins, VospiCapture *capture, char *error, size_t size)
{
    VospiBus *bus = notifier_allocate(sizeof(VospiBus));
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
        part = "task";
        failed = open_task(bus);
    }
    if (failed == ESP_OK) {
        part = "VSYNC";
        failed = open_vsync(bus);
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

/* Before the task ends, which the interrupt wakes. */
static void end_interrupt(VospiBus *bus)
{
    if (bus->interrupt_ready) {
        gpio_isr_handler_remove((gpio_num_t)bus->pins.vsync);
        gpio_reset_pin((gpio_num_t)bus->pins.vsync);
    }
}

static void end_task(VospiBus *bus)
{
    if (bus->task) {
        vospi_capture_end(bus->capture);
        xSemaphoreTake(bus->ended, portMAX_DELAY);
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
    if (bus->ended)
        vSemaphoreDelete(bus->ended);
}

void vospi_bus_close(VospiBus *bus)
{
    end_interrupt(bus);
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
