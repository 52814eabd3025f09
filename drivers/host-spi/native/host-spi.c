/* SPDX-License-Identifier: Apache-2.0 */

/* Class HostSPI: the buffer and its state, over the SPI slave of the platform. */

#include <string.h>

#include "host-slave.h"
#include "mc.xs.h"
#include "native-class.h"

enum { kAlign = 4, kHighestPin = 39, kLowestPort = 1, kHighestPort = 2, kHighestCapacity = 1 << 20 };

enum { kOnTransfer };

typedef struct HostSPI {
    NativeObject base;
    HostSlave *slave; /* NULL when it could not be opened */
    uint32_t capacity;
    uint32_t used;
} HostSPI;

void xs_host_spi_destructor(void *data);

static const xsHostHooks kHooks = {xs_host_spi_destructor, native_mark, NULL};

void xs_host_spi_destructor(void *data)
{
    HostSPI *spi = data;

    if (!spi)
        return;
    if (spi->slave)
        host_slave_close(spi->slave);
    native_release(&spi->base);
}

static void on_transfer(xsMachine *the, void *refcon, uint32_t bytes)
{
    HostSPI *spi = refcon;
    native_call(the, &spi->base, kOnTransfer, (int)bytes);
}

static HostSPI *this_disarmed(xsMachine *the)
{
    HostSPI *spi = native_this(the, &kHooks);
    if (host_slave_armed(spi->slave))
        xsUnknownError("a transfer is armed: disarm() first");
    return spi;
}

void xs_host_spi(xsMachine *the)
{
    char error[kHostSlaveError];
    HostSlaveOptions options = {
        .clock = native_integer(the, &xsArg(0), xsID_clock, "clock", 0, kHighestPin, -1),
        .out = native_integer(the, &xsArg(0), xsID_out, "out", 0, kHighestPin, -1),
        .select = native_integer(the, &xsArg(0), xsID_select, "select", 0, kHighestPin, -1),
        .port = native_integer(the, &xsArg(0), xsID_port, "port", kLowestPort, kHighestPort, kHighestPort),
        .capacity = (uint32_t)native_integer(the, &xsArg(0), xsID_capacity, "capacity", kAlign, kHighestCapacity, -1),
        .on_transfer = on_transfer,
    };
    HostSPI *spi = native_create(the, sizeof *spi, &kHooks);

    native_callback(the, &spi->base, kOnTransfer, xsID_onTransfer, "onTransfer");
    options.refcon = spi;
    spi->capacity = options.capacity;
    spi->slave = host_slave_open(the, &options, error);
    if (!spi->slave)
        xsUnknownError("%s", error);
    native_remember(the, &spi->base);
}

void xs_host_spi_clear(xsMachine *the)
{
    this_disarmed(the)->used = 0;
}

void xs_host_spi_append(xsMachine *the)
{
    HostSPI *spi = this_disarmed(the);
    void *bytes;
    xsUnsignedValue length;

    xsmcGetBufferReadable(xsArg(0), &bytes, &length);
    if (length > spi->capacity - spi->used)
        xsRangeError("append: expected at most %d bytes, got %d", (int)(spi->capacity - spi->used), (int)length);
    memcpy(host_slave_buffer(spi->slave) + spi->used, bytes, length);
    spi->used += (uint32_t)length;
}

void xs_host_spi_arm(xsMachine *the)
{
    HostSPI *spi = this_disarmed(the);
    uint32_t length = (spi->used + kAlign - 1) / kAlign * kAlign;
    char error[kHostSlaveError];

    memset(host_slave_buffer(spi->slave) + spi->used, 0, length - spi->used);
    if (!host_slave_arm(spi->slave, length, error))
        xsUnknownError("%s", error);
}

void xs_host_spi_disarm(xsMachine *the)
{
    HostSPI *spi = native_this(the, &kHooks);
    char error[kHostSlaveError];

    if (host_slave_armed(spi->slave) && !host_slave_disarm(spi->slave, error))
        xsUnknownError("%s", error);
    xsmcSetBoolean(xsResult, !host_slave_armed(spi->slave));
}

void xs_host_spi_close(xsMachine *the)
{
    xs_host_spi_destructor(native_detach(the, &xsThis, &kHooks));
}
