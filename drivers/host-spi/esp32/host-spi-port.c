/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class HostSPI on the ESP32: the IDF's SPI slave driver. An image lies in internal RAM, and DMA sends it while the host clocks.
 * The driver connects CS only while a transaction is armed, so a host that clocks without one reads nothing and disturbs nothing.
 */

#include <string.h>

#include "native-class.h"
#include "notifier.h"

#include "mc.xs.h"

#include "driver/gpio.h"
#include "driver/spi_slave.h"
#include "esp_heap_caps.h"
#include "esp_intr_types.h"
#include "esp_rom_gpio.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "soc/gpio_sig_map.h"

enum {
    kAlign = 4,
    kLowestPort = 1, /* HSPI */
    kHighestPort = 2, /* VSPI */
    kHighestPin = 39,
    /* Arming is an interrupt away, unless the DMA has to be reset: that waits for the sensor's transfer of 5 ms. */
    kArmTicks = 50,
    kSettleTicks = 2, /* for the interrupt, which takes microseconds */
    kEnded = 1,
};

enum { kOnTransfer };

typedef struct HostSPI {
    NativeObject base;
    Notifier notifier;
    spi_host_device_t host;
    int clock;
    int out;
    int select;
    bool ready; /* the driver is set up */
    bool armed; /* XS task: until the end is told */
    uint8_t *buffer;
    uint32_t capacity;
    uint32_t used;
    spi_slave_transaction_t transaction;
    /* Written by the driver's interrupt. */
    _Atomic bool mounted;
    _Atomic bool ended;
    _Atomic uint32_t bits;
} HostSPI;

void xs_host_spi_destructor(void *data);

static const xsHostHooks kHooks = {xs_host_spi_destructor, native_mark, NULL};

static HostSPI *validate_free(xsMachine *the)
{
    HostSPI *spi = native_this(the, &kHooks);
    if (spi->armed)
        xsUnknownError("armed");
    return spi;
}

/* In the interrupt. It is not in IRAM: while flash is written it waits, and the DMA does not need it. */
static void on_mounted(spi_slave_transaction_t *transaction)
{
    HostSPI *spi = transaction->user;
    atomic_store_explicit(&spi->mounted, true, memory_order_release);
}

static void on_ended(spi_slave_transaction_t *transaction)
{
    HostSPI *spi = transaction->user;
    atomic_store_explicit(&spi->bits, (uint32_t)transaction->trans_len, memory_order_relaxed);
    atomic_store_explicit(&spi->ended, true, memory_order_release);
    notifier_post(&spi->notifier, kEnded);
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    HostSPI *spi = owner;

    (void)events;
    if (!spi->armed || !atomic_exchange_explicit(&spi->ended, false, memory_order_acq_rel))
        return;
    spi->armed = false;
    /* The counter stops one bit short of a whole transaction. */
    native_call(the, &spi->base, kOnTransfer, (int)((atomic_load_explicit(&spi->bits, memory_order_relaxed) + 7) / 8));
}

static esp_err_t open_driver(HostSPI *spi)
{
    spi_bus_config_t bus = {
        .mosi_io_num = -1,
        .miso_io_num = spi->out,
        .sclk_io_num = spi->clock,
        .quadwp_io_num = -1,
        .quadhd_io_num = -1,
        .max_transfer_sz = (int)spi->capacity,
        .isr_cpu_id = ESP_INTR_CPU_AFFINITY_0, /* core 1 is the sensor's */
    };
    spi_slave_interface_config_t slave = {
        .spics_io_num = spi->select,
        .flags = SPI_SLAVE_NO_RETURN_RESULT,
        .queue_size = 1,
        .mode = 0,
        .post_setup_cb = on_mounted,
        .post_trans_cb = on_ended,
    };
    if (spi->ready)
        return ESP_OK;
    esp_err_t error = spi_slave_initialize(spi->host, &bus, &slave, SPI_DMA_CH_AUTO);
    spi->ready = error == ESP_OK;
    return error;
}

/*
 * Freeing the driver takes its queue and its memory away before its interrupt, which comes when a host lets go of CS. So CS is cut off
 * first, as the driver itself does between transfers: one under way ends at once, its interrupt has passed after a tick, none follows.
 */
static void close_driver(HostSPI *spi)
{
    if (spi->ready) {
        esp_rom_gpio_connect_in_signal(GPIO_MATRIX_CONST_ONE_INPUT, spi->host == SPI2_HOST ? HSPICS0_IN_IDX : VSPICS0_IN_IDX, false);
        vTaskDelay(kSettleTicks);
        spi_slave_free(spi->host);
    }
    spi->ready = false;
}

void xs_host_spi_destructor(void *data)
{
    HostSPI *spi = data;

    if (!spi)
        return;
    spi->notifier.silent = true;
    close_driver(spi);
    heap_caps_free(spi->buffer);
    spi->buffer = NULL;
    notifier_release(&spi->notifier);
}

void xs_host_spi(xsMachine *the)
{
    int clock = native_integer(the, &xsArg(0), xsID_clock, "clock", 0, kHighestPin, -1);
    int out = native_integer(the, &xsArg(0), xsID_out, "out", 0, kHighestPin, -1);
    int chip = native_integer(the, &xsArg(0), xsID_select, "select", 0, kHighestPin, -1);
    int port = native_integer(the, &xsArg(0), xsID_port, "port", kLowestPort, kHighestPort, kHighestPort);
    int capacity = native_integer(the, &xsArg(0), xsID_capacity, "capacity", kAlign, 1 << 20, -1);
    HostSPI *spi = notifier_allocate(sizeof(HostSPI));

    if (!spi)
        xsUnknownError("no memory");
    notifier_init(&spi->notifier, the, spi, on_posted);
    spi->host = (spi_host_device_t)port;
    spi->clock = clock;
    spi->out = out;
    spi->select = chip;
    spi->capacity = ((uint32_t)capacity + kAlign - 1) / kAlign * kAlign;
    native_attach(the, spi, &kHooks);
    native_callback(the, &spi->base, kOnTransfer, xsID_onTransfer, "onTransfer");
    spi->buffer = heap_caps_malloc(spi->capacity, MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
    if (!spi->buffer)
        xsUnknownError("no memory for an image of %d bytes", capacity);
    esp_err_t error = open_driver(spi);
    if (error != ESP_OK)
        xsUnknownError("SPI slave: %s", esp_err_to_name(error));
    native_remember(the, &spi->base);
}

void xs_host_spi_clear(xsMachine *the)
{
    validate_free(the)->used = 0;
}

void xs_host_spi_append(xsMachine *the)
{
    HostSPI *spi = validate_free(the);
    void *bytes;
    xsUnsignedValue length;

    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    if (length > spi->capacity - spi->used)
        xsRangeError("beyond the capacity");
    memcpy(spi->buffer + spi->used, bytes, length);
    spi->used += (uint32_t)length;
}

/* True when the driver's interrupt has given the transaction to the hardware: from then on the host may clock. */
static bool await_mounted(HostSPI *spi)
{
    for (int i = 0; i < kArmTicks && !atomic_load_explicit(&spi->mounted, memory_order_acquire); i++)
        vTaskDelay(1);
    return atomic_load_explicit(&spi->mounted, memory_order_acquire);
}

void xs_host_spi_arm(xsMachine *the)
{
    HostSPI *spi = validate_free(the);
    uint32_t length = (spi->used + kAlign - 1) / kAlign * kAlign;

    memset(spi->buffer + spi->used, 0, length - spi->used);
    spi->transaction = (spi_slave_transaction_t){.length = length * 8, .tx_buffer = spi->buffer, .user = spi};
    atomic_store_explicit(&spi->mounted, false, memory_order_relaxed);
    atomic_store_explicit(&spi->ended, false, memory_order_relaxed);
    esp_err_t error = open_driver(spi);
    if (error == ESP_OK)
        error = spi_slave_queue_trans(spi->host, &spi->transaction, 0);
    if (error == ESP_OK && !await_mounted(spi))
        error = ESP_ERR_TIMEOUT;
    if (error != ESP_OK) {
        close_driver(spi);
        xsUnknownError("SPI slave: %s", esp_err_to_name(error));
    }
    spi->armed = true;
}

/* The transfer has ended; onTransfer follows. */
static bool has_ended(HostSPI *spi)
{
    return atomic_load_explicit(&spi->ended, memory_order_acquire);
}

/*
 * The driver cannot take a transaction back from the hardware: it is set up anew, as after a transfer that broke off. A host that begins in
 * the microseconds after CS was looked at reads an image whose checksum is wrong.
 */
void xs_host_spi_disarm(xsMachine *the)
{
    HostSPI *spi = native_this(the, &kHooks);
    bool taken = true;

    if (spi->armed) {
        taken = !has_ended(spi) && gpio_get_level((gpio_num_t)spi->select) != 0;
        if (taken) {
            close_driver(spi);
            taken = !has_ended(spi);
            spi->armed = !taken;
            open_driver(spi); /* when that fails, arm() tries again and tells why */
        }
    }
    xsmcSetBoolean(xsResult, taken);
}

void xs_host_spi_close(xsMachine *the)
{
    xs_host_spi_destructor(native_detach(the, &xsThis, &kHooks));
}
