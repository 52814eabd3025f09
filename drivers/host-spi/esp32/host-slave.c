/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The SPI slave on ESP-IDF's driver: DMA sends a buffer in internal RAM while the host clocks. The driver connects CS only while a
 * transaction is armed, so a host that clocks without one reads nothing and disturbs nothing.
 */

#include "host-slave.h"

#include <stdio.h>

#include "driver/gpio.h"
#include "driver/spi_slave.h"
#include "esp_heap_caps.h"
#include "esp_intr_types.h"
#include "esp_rom_gpio.h"
#include "freertos/FreeRTOS.h"
#include "freertos/task.h"
#include "soc/gpio_sig_map.h"

#include "notifier.h"

enum {
    kAlign = 4,
    /* Timeout of arming, which takes an interrupt; a reset of the DMA before it waits for the sensor's transfer of 5 ms. */
    kArmTicks = 50,
    kSettleTicks = 2, /* for the interrupt, which takes microseconds */
    kEnded = 1,
};

struct HostSlave {
    Notifier notifier;
    HostSlaveOptions options;
    bool ready; /* the driver is initialized */
    bool armed; /* until the end is reported */
    uint8_t *buffer;
    spi_slave_transaction_t transaction;
    /* Written by the driver's interrupt. */
    _Atomic bool mounted;
    _Atomic bool ended;
    _Atomic uint32_t bits;
};

/* In the interrupt. It is not in IRAM: while flash is written it waits, and the DMA does not need it. */
static void on_mounted(spi_slave_transaction_t *transaction)
{
    HostSlave *slave = transaction->user;
    atomic_store_explicit(&slave->mounted, true, memory_order_release);
}

static void on_ended(spi_slave_transaction_t *transaction)
{
    HostSlave *slave = transaction->user;
    atomic_store_explicit(&slave->bits, (uint32_t)transaction->trans_len, memory_order_relaxed);
    atomic_store_explicit(&slave->ended, true, memory_order_release);
    notifier_post(&slave->notifier, kEnded);
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    HostSlave *slave = owner;

    (void)events;
    if (!slave->armed || !atomic_exchange_explicit(&slave->ended, false, memory_order_acq_rel))
        return;
    slave->armed = false;
    /* The counter stops one bit short of a whole transaction. */
    slave->options.on_transfer(the, slave->options.refcon, (atomic_load_explicit(&slave->bits, memory_order_relaxed) + 7) / 8);
}

static uint32_t buffer_bytes(const HostSlaveOptions *options)
{
    return (options->capacity + kAlign - 1) / kAlign * kAlign;
}

static esp_err_t open_driver(HostSlave *slave)
{
    const HostSlaveOptions *options = &slave->options;
    spi_bus_config_t bus = {
        .mosi_io_num = -1,
        .miso_io_num = options->out,
        .sclk_io_num = options->clock,
        .quadwp_io_num = -1,
        .quadhd_io_num = -1,
        .max_transfer_sz = (int)buffer_bytes(options),
        .isr_cpu_id = ESP_INTR_CPU_AFFINITY_0, /* core 1 is the sensor's */
    };
    spi_slave_interface_config_t config = {
        .spics_io_num = options->select,
        .flags = SPI_SLAVE_NO_RETURN_RESULT,
        .queue_size = 1,
        .mode = 0,
        .post_setup_cb = on_mounted,
        .post_trans_cb = on_ended,
    };
    if (slave->ready)
        return ESP_OK;
    esp_err_t error = spi_slave_initialize((spi_host_device_t)options->port, &bus, &config, SPI_DMA_CH_AUTO);
    slave->ready = error == ESP_OK;
    return error;
}

/*
 * Freeing the driver frees its queue and its memory before its interrupt, which comes when a host releases CS. So CS is disconnected
 * first, as the driver itself does between transfers: one under way ends at once, its interrupt has passed after a tick, none follows.
 */
static void close_driver(HostSlave *slave)
{
    if (slave->ready) {
        spi_host_device_t host = (spi_host_device_t)slave->options.port;
        esp_rom_gpio_connect_in_signal(GPIO_MATRIX_CONST_ONE_INPUT, host == SPI2_HOST ? HSPICS0_IN_IDX : VSPICS0_IN_IDX, false);
        vTaskDelay(kSettleTicks);
        spi_slave_free(host);
    }
    slave->ready = false;
}

void host_slave_close(HostSlave *slave)
{
    slave->notifier.silent = true;
    close_driver(slave);
    heap_caps_free(slave->buffer);
    slave->buffer = NULL;
    notifier_release(&slave->notifier);
}

HostSlave *host_slave_open(xsMachine *the, const HostSlaveOptions *options, char error[kHostSlaveError])
{
    HostSlave *slave = notifier_allocate(sizeof(HostSlave));

    if (!slave) {
        snprintf(error, kHostSlaveError, "no memory");
        return NULL;
    }
    notifier_init(&slave->notifier, the, slave, on_posted);
    slave->options = *options;
    slave->buffer = heap_caps_malloc(buffer_bytes(options), MALLOC_CAP_DMA | MALLOC_CAP_INTERNAL);
    esp_err_t failed = slave->buffer ? open_driver(slave) : ESP_OK;
    if (slave->buffer && failed == ESP_OK)
        return slave;
    if (slave->buffer)
        snprintf(error, kHostSlaveError, "SPI slave: %s", esp_err_to_name(failed));
    else
        snprintf(error, kHostSlaveError, "no memory for an image of %u bytes", (unsigned)options->capacity);
    host_slave_close(slave);
    return NULL;
}

uint8_t *host_slave_buffer(HostSlave *slave)
{
    return slave->buffer;
}

bool host_slave_armed(const HostSlave *slave)
{
    return slave->armed;
}

/* True when the driver's interrupt has given the transaction to the hardware: from then on the host may clock. */
static bool await_mounted(HostSlave *slave)
{
    for (int i = 0; i < kArmTicks && !atomic_load_explicit(&slave->mounted, memory_order_acquire); i++)
        vTaskDelay(1);
    return atomic_load_explicit(&slave->mounted, memory_order_acquire);
}

bool host_slave_arm(HostSlave *slave, uint32_t length, char error[kHostSlaveError])
{
    slave->transaction = (spi_slave_transaction_t){.length = length * 8, .tx_buffer = slave->buffer, .user = slave};
    atomic_store_explicit(&slave->mounted, false, memory_order_relaxed);
    atomic_store_explicit(&slave->ended, false, memory_order_relaxed);
    esp_err_t failed = open_driver(slave);
    if (failed == ESP_OK)
        failed = spi_slave_queue_trans((spi_host_device_t)slave->options.port, &slave->transaction, 0);
    if (failed == ESP_OK && !await_mounted(slave))
        failed = ESP_ERR_TIMEOUT;
    slave->armed = failed == ESP_OK;
    if (slave->armed)
        return true;
    close_driver(slave);
    snprintf(error, kHostSlaveError, "SPI slave: %s", esp_err_to_name(failed));
    return false;
}

/* The transfer has ended; its report follows. */
static bool has_ended(HostSlave *slave)
{
    return atomic_load_explicit(&slave->ended, memory_order_acquire);
}

/*
 * The driver cannot cancel a transaction in the hardware: it is reinitialized, as after an aborted transfer. A host that begins
 * in the microseconds after CS was read gets an image whose checksum is wrong.
 */
bool host_slave_disarm(HostSlave *slave, char error[kHostSlaveError])
{
    (void)error;
    if (has_ended(slave) || gpio_get_level((gpio_num_t)slave->options.select) == 0)
        return true;
    close_driver(slave);
    slave->armed = has_ended(slave);
    open_driver(slave); /* if this fails, host_slave_arm() retries and reports the reason */
    return true;
}
