/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HOST_SLAVE_H
#define HOST_SLAVE_H

/* The SPI slave that class HostSPI uses, mode 0, MISO only. One implementation per platform, in esp32/ and linux/. XS thread only. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

typedef struct HostSlave HostSlave;

typedef struct HostSlaveOptions {
    int clock;
    int out;
    int select;
    int port;          /* SPI controller */
    uint32_t capacity; /* bytes of the buffer */
    /* A transfer has ended; the slave is no longer armed. From the event loop; may close the slave. */
    void (*on_transfer)(xsMachine *the, void *refcon, uint32_t bytes);
    void *refcon;
} HostSlaveOptions;

/* Bytes for the reason of a failure. */
enum { kHostSlaveError = 160 };

/* NULL when it fails; then `error` has the reason. */
HostSlave *host_slave_open(xsMachine *the, const HostSlaveOptions *options, char error[kHostSlaveError]);

/* `on_transfer` is not called afterwards. */
void host_slave_close(HostSlave *slave);

/* The bytes of the next transfer; not to be changed while armed. Its size is the capacity, rounded up to a multiple of 4. */
uint8_t *host_slave_buffer(HostSlave *slave);

/* True from host_slave_arm() until `on_transfer` or a disarm. */
bool host_slave_armed(const HostSlave *slave);

/* Arms one transfer of `length` bytes, a multiple of 4. The host may clock when it returns true; false: see `error`. */
bool host_slave_arm(HostSlave *slave, uint32_t length, char error[kHostSlaveError]);

/* Cancels an armed transfer; one that is under way or has ended stays armed. False when it fails: see `error`. */
bool host_slave_disarm(HostSlave *slave, char error[kHostSlaveError]);

#endif
