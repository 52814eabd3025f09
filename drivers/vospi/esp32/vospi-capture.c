/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Capture on the ESP32: the VSYNC interrupt wakes a task pinned to core 1 (XS is on core 0), which has the SPI controller read a whole
 * segment by DMA, one transaction of 10,004 bytes = 5.0 ms at 16 MHz, into internal RAM. Two buffers: a segment is checked and
 * assembled as soon as it is there, and when that is late, while the next one arrives.
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
#include "vospi-capture.h"

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

struct VospiCapture {
    Notifier notifier;
    VospiReader *reader;
    VospiDeliver deliver;
    void *refcon;
    VospiPins pins;
    bool busReady;
    bool interruptReady;
    spi_device_handle_t device;
    uint8_t *buffers[kBuffers]; /* DMA-capable, kVospiSegmentBytes each */
    TaskHandle_t task;
    SemaphoreHandle_t ended;
    uint32_t run; /* XS thread: the latest run */
    _Atomic uint32_t order; /* what the task is to do: run << 1 | running; kOrderClose ends it */
    VospiMailbox mailbox;
    /* Written by the interrupt: low word of esp_timer's microseconds at the latest pulse. No two pulses have the same. */
    _Atomic uint32_t pulse;
    /* The task's own. */
    uint32_t current;   /* the run being captured */
    uint32_t pulseSeen; /* the latest value of `pulse` that was taken */
    uint32_t packetNanoseconds;
    spi_transaction_t transaction;
};

/* A segment that was read, and the VSYNC it belongs to. */
typedef struct Segment {
    uint8_t *packets; /* NULL: none */
    int64_t pulse;    /* microseconds */
} Segment;

static const uint32_t kOrderClose = UINT32_MAX;

static void IRAM_ATTR vsync_interrupt(void *refcon)
{
    VospiCapture *capture = refcon;
    BaseType_t woken = pdFALSE;

    atomic_store_explicit(&capture->pulse, (uint32_t)esp_timer_get_time(), memory_order_release);
    vTaskNotifyGiveFromISR(capture->task, &woken);
    if (woken)
        portYIELD_FROM_ISR();
}

static bool pulse_waits(VospiCapture *capture)
{
    return atomic_load_explicit(&capture->pulse, memory_order_acquire) != capture->pulseSeen;
}

/*
 * The time of the latest pulse, which is then seen; missed ones show as a gap in time. The clock is read after the pulse: the other way
 * round a pulse between the two would be later than "now", and count as one of 71 minutes ago.
 */
static int64_t take_pulse(VospiCapture *capture)
{
    capture->pulseSeen = atomic_load_explicit(&capture->pulse, memory_order_acquire);
    int64_t now = esp_timer_get_time();
    return now - (uint32_t)((uint32_t)now - capture->pulseSeen);
}

static bool running(VospiCapture *capture)
{
    uint32_t order = atomic_load_explicit(&capture->order, memory_order_acquire);
    return order != kOrderClose && (order & 1) && order >> 1 == capture->current;
}

/* Microseconds that reading `packets` takes, with the margin. */
static int64_t needed(const VospiCapture *capture, uint32_t packets)
{
    return (int64_t)packets * capture->packetNanoseconds / 1000 + kMarginMicroseconds;
}

/* True if `packets` can be read before the period that began at `pulse` ends: reading across its end loses sync. */
static bool fits(VospiCapture *capture, int64_t pulse, uint32_t packets)
{
    return esp_timer_get_time() - pulse + needed(capture, packets) <= kVospiPeriodMicroseconds;
}

/* As Time.ticks of the XS side, which counts FreeRTOS ticks in 32 bits, continued beyond them. */
static uint64_t milliseconds_at(int64_t pulse)
{
    int64_t now = esp_timer_get_time(), about = now / 1000;
    uint32_t ticks = (uint32_t)pdTICKS_TO_MS(xTaskGetTickCount());
    return (uint64_t)(about + (int32_t)(ticks - (uint32_t)about) - (now - pulse) / 1000);
}

static bool begin_transfer(VospiCapture *capture, uint8_t *packets, uint32_t count)
{
    capture->transaction = (spi_transaction_t){.rxlength = count * kVospiPacketBytes * 8, .rx_buffer = packets};
    return spi_device_queue_trans(capture->device, &capture->transaction, 0) == ESP_OK;
}

/*
 * Waits for the transfer; the controller clocks itself, so it always ends. Where none could be begun the buffer would hold an older
 * segment: zeros are seen as what they are, a dead bus.
 */
static void end_transfer(VospiCapture *capture, bool begun, uint8_t *packets, uint32_t count)
{
    spi_transaction_t *done;
    if (!begun || spi_device_get_trans_result(capture->device, &done, portMAX_DELAY) != ESP_OK)
        memset(packets, 0, count * kVospiPacketBytes);
}

static void report(VospiCapture *capture)
{
    uint32_t events = vospi_reader_events(capture->reader);
    if (events && vospi_mailbox_put(&capture->mailbox, capture->current, events))
        notifier_post(&capture->notifier, kReported);
}

static VospiStep assemble(VospiCapture *capture, const Segment *segment)
{
    vospi_reader_vsync(capture->reader, (uint64_t)segment->pulse, milliseconds_at(segment->pulse));
    VospiStep step = vospi_reader_packets(capture->reader, segment->packets, kVospiSegmentPackets);
    report(capture);
    return step;
}

/* The rest of a segment that discards came before, while there is time. */
static VospiStep read_more(VospiCapture *capture, const Segment *segment, VospiStep step)
{
    while (step.next == kVospiMore && fits(capture, segment->pulse, step.packets)) {
        bool begun = begin_transfer(capture, segment->packets, step.packets);
        end_transfer(capture, begun, segment->packets, step.packets);
        step = vospi_reader_packets(capture->reader, segment->packets, step.packets);
        report(capture);
    }
    return step;
}

/* CS is high and the clock idle whenever no transfer is under way: only time has to pass. */
static void resync(VospiCapture *capture)
{
    int64_t end = esp_timer_get_time() + kVospiResyncMicroseconds;
    for (;;) {
        int64_t left = end - esp_timer_get_time();
        if (left <= 0 || !running(capture))
            break;
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(left / 1000) + 1);
    }
    take_pulse(capture); /* what came meanwhile is over */
    vospi_reader_resynced(capture->reader);
}

/* Waits for a VSYNC. False after the timeout, which was reported, or another order. */
static bool await_vsync(VospiCapture *capture)
{
    int64_t end = esp_timer_get_time() + kVospiNoVsyncMicroseconds;
    while (!pulse_waits(capture)) {
        int64_t left = end - esp_timer_get_time();
        if (!running(capture))
            return false;
        if (left <= 0) {
            vospi_reader_no_vsync(capture->reader);
            report(capture);
            return false;
        }
        ulTaskNotifyTake(pdTRUE, pdMS_TO_TICKS(left / 1000) + 1);
    }
    return true;
}

static void capture_run(VospiCapture *capture)
{
    Segment last = {NULL, 0}; /* read, not yet assembled */
    uint32_t buffer = 0;

    vospi_reader_start(capture->reader);
    resync(capture);
    while (running(capture)) {
        VospiStep step = {kVospiWait, 0};
        if (!await_vsync(capture))
            continue;
        Segment next = {capture->buffers[buffer], take_pulse(capture)};
        if (!fits(capture, next.pulse, kVospiSegmentPackets))
            continue; /* too late for this one; the next begins where it should */
        bool begun = begin_transfer(capture, next.packets, kVospiSegmentPackets);
        if (last.packets)
            step = assemble(capture, &last);
        end_transfer(capture, begun, next.packets, kVospiSegmentPackets);
        last = next;
        buffer = (buffer + 1) % kBuffers;
        /* With time left the segment is assembled now, otherwise while the next one arrives. */
        if (step.next != kVospiResync && !pulse_waits(capture)) {
            step = read_more(capture, &last, assemble(capture, &last));
            last.packets = NULL;
        }
        if (step.next == kVospiResync) {
            last.packets = NULL;
            resync(capture);
        }
    }
}

static void capture_task(void *refcon)
{
    VospiCapture *capture = refcon;

    for (;;) {
        uint32_t order = atomic_load_explicit(&capture->order, memory_order_acquire);
        if (order == kOrderClose)
            break;
        if (order & 1) {
            capture->current = order >> 1;
            gpio_intr_enable((gpio_num_t)capture->pins.vsync);
            capture_run(capture);
            gpio_intr_disable((gpio_num_t)capture->pins.vsync);
        } else
            ulTaskNotifyTake(pdTRUE, portMAX_DELAY);
    }
    xSemaphoreGive(capture->ended);
    vTaskDelete(NULL);
}

/* Before the task ends, which the interrupt wakes. */
static void end_interrupt(VospiCapture *capture)
{
    if (capture->interruptReady) {
        gpio_isr_handler_remove((gpio_num_t)capture->pins.vsync);
        gpio_reset_pin((gpio_num_t)capture->pins.vsync);
    }
    capture->interruptReady = false;
}

static void free_parts(VospiCapture *capture)
{
    if (capture->device)
        spi_bus_remove_device(capture->device);
    if (capture->busReady)
        spi_bus_free((spi_host_device_t)capture->pins.port);
    for (int i = 0; i < kBuffers; i++)
        heap_caps_free(capture->buffers[i]);
    if (capture->ended)
        vSemaphoreDelete(capture->ended);
    capture->busReady = false;
    capture->device = NULL;
    memset(capture->buffers, 0, sizeof capture->buffers);
    capture->ended = NULL;
}

static void on_posted(xsMachine *the, void *owner, uint32_t reported)
{
    VospiCapture *capture = owner;
    uint32_t events = vospi_mailbox_take(&capture->mailbox, capture->run);

    (void)reported;
    if (events)
        capture->deliver(the, capture->refcon, events);
}

static esp_err_t open_bus(VospiCapture *capture)
{
    const VospiPins *pins = &capture->pins;
    /* The sensor's MOSI is grounded on the board: nothing is sent. */
    spi_bus_config_t bus = {
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
    esp_err_t error = spi_bus_initialize((spi_host_device_t)pins->port, &bus, SPI_DMA_CH_AUTO);
    if (error != ESP_OK)
        return error;
    capture->busReady = true;
    return spi_bus_add_device((spi_host_device_t)pins->port, &device, &capture->device);
}

/* The controller divides its own clock by a whole number, so it may be well below the one asked for. */
static bool set_clock(VospiCapture *capture, int *khz)
{
    if (spi_device_get_actual_freq(capture->device, khz) != ESP_OK || *khz <= 0)
        return false;
    capture->packetNanoseconds = (uint32_t)((kVospiPacketBytes * 8 * 1000000ULL + (uint32_t)*khz - 1) / (uint32_t)*khz);
    return needed(capture, kVospiSegmentPackets) <= kVospiPeriodMicroseconds;
}

static esp_err_t open_vsync(VospiCapture *capture)
{
    gpio_num_t pin = (gpio_num_t)capture->pins.vsync;
    gpio_config_t config = {
        .pin_bit_mask = 1ULL << capture->pins.vsync,
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
    /* Shared with the SDK's digital inputs: whoever is first installs it. */
    error = gpio_install_isr_service(0);
    if (error != ESP_OK && error != ESP_ERR_INVALID_STATE)
        return error;
    error = gpio_isr_handler_add(pin, vsync_interrupt, capture);
    capture->interruptReady = error == ESP_OK;
    if (error == ESP_OK)
        error = gpio_intr_disable(pin); /* until capture starts; adding the handler enabled it */
    return error;
}

static esp_err_t open_memory(VospiCapture *capture)
{
    for (int i = 0; i < kBuffers; i++) {
        capture->buffers[i] = heap_caps_malloc(kVospiSegmentBytes, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
        if (!capture->buffers[i])
            return ESP_ERR_NO_MEM;
    }
    capture->ended = xSemaphoreCreateBinary();
    return capture->ended ? ESP_OK : ESP_ERR_NO_MEM;
}

/* The task first: the interrupt wakes it. */
static esp_err_t open_task(VospiCapture *capture)
{
    BaseType_t made = xTaskCreatePinnedToCore(capture_task, "vospi", kStackBytes, capture, kPriority, &capture->task, kCore);
    return made == pdPASS ? ESP_OK : ESP_ERR_NO_MEM;
}

static void set_order(VospiCapture *capture, uint32_t order)
{
    atomic_store_explicit(&capture->order, order, memory_order_release);
    xTaskNotifyGive(capture->task);
}

static void end_task(VospiCapture *capture)
{
    if (!capture->task)
        return;
    set_order(capture, kOrderClose);
    xSemaphoreTake(capture->ended, portMAX_DELAY);
    capture->task = NULL;
}

VospiCapture *vospi_capture_open(xsMachine *the, const VospiPins *pins, VospiReader *reader, VospiDeliver callback, void *refcon, char *error, size_t size)
{
    VospiCapture *capture = notifier_allocate(sizeof(VospiCapture));
    int khz = 0;

    if (!capture) {
        snprintf(error, size, "no memory");
        return NULL;
    }
    notifier_init(&capture->notifier, the, capture, on_posted);
    capture->pins = *pins;
    capture->reader = reader;
    capture->deliver = callback;
    capture->refcon = refcon;
    const char *part = "memory";
    esp_err_t failed = open_memory(capture);
    if (failed == ESP_OK) {
        part = "SPI";
        failed = open_bus(capture);
    }
    bool slow = failed == ESP_OK && !set_clock(capture, &khz);
    if (slow)
        failed = ESP_FAIL;
    if (failed == ESP_OK) {
        part = "task";
        failed = open_task(capture);
    }
    if (failed == ESP_OK) {
        part = "VSYNC";
        failed = open_vsync(capture);
    }
    if (failed == ESP_OK)
        return capture;
    if (slow)
        snprintf(error, size, "an SPI clock of %d kHz is too slow to read a segment between two VSYNCs", khz);
    else
        snprintf(error, size, "%s: %s", part, esp_err_to_name(failed));
    vospi_capture_close(capture);
    return NULL;
}

void vospi_capture_start(VospiCapture *capture)
{
    /* 23 bits, as many as the mailbox has for it. */
    capture->run = (capture->run + 1) & 0x7fffff;
    set_order(capture, capture->run << 1 | 1);
}

void vospi_capture_stop(VospiCapture *capture)
{
    set_order(capture, capture->run << 1);
}

void vospi_capture_close(VospiCapture *capture)
{
    end_interrupt(capture);
    end_task(capture);
    free_parts(capture);
    capture->notifier.silent = true;
    notifier_release(&capture->notifier);
}

void *vospi_capture_allocate(size_t bytes)
{
    void *memory = heap_caps_calloc(1, bytes, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);
    /* Boards without PSRAM have room for few slots only. */
    return memory ? memory : heap_caps_calloc(1, bytes, MALLOC_CAP_8BIT);
}

void *vospi_capture_allocate_atomic(size_t bytes)
{
    return heap_caps_calloc(1, bytes, MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
}

void vospi_capture_free(void *memory)
{
    heap_caps_free(memory);
}
