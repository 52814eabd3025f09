/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_BUS_H
#define VOSPI_BUS_H

/*
 * The video bus as vospi-capture.c uses it: the SPI controller, the VSYNC line, and the thread that captures.
 * Implemented once per platform, in esp32/ and linux/.
 */

#include "vospi-capture.h"

/* A rising edge of VSYNC. */
typedef struct VospiPulse {
    uint64_t microseconds; /* on a clock that never goes back */
    uint64_t captured;     /* the same moment in milliseconds since start */
} VospiPulse;

typedef enum VospiWake {
    kVospiWakeVsync,
    kVospiWakeTimeout, /* no VSYNC for the time given */
    kVospiWakeRequest, /* the thread has another request */
    kVospiWakeLost,    /* the bus is lost */
} VospiWake;

/* XS thread. */

/*
 * Claims the pins, sets `capture->bus` and starts a thread that runs vospi_capture_loop().
 * False when it fails; then `error` (`size` bytes) says why, and nothing stays open.
 */
bool vospi_bus_open(xsMachine *the, const VospiPins *pins, VospiCapture *capture, char *error, size_t size);

/* Ends a wait of the capture thread. */
void vospi_bus_wake(VospiBus *bus);

/* Ends the thread by vospi_capture_end() and waits for it; frees the pins. vospi_capture_deliver() is not called afterwards. */
void vospi_bus_close(VospiBus *bus);

/* Capture thread. A function that returns bool returns false when the bus is lost: then the loop ends. */

/* Waits for vospi_bus_wake(). */
bool vospi_bus_sleep(VospiBus *bus);

/* Begin and end of a run: VSYNCs are only seen in between. */
bool vospi_bus_start(VospiBus *bus);
bool vospi_bus_stop(VospiBus *bus);

/*
 * Keeps CS high and the clock idle until they were for this long, since the last transfer or vospi_bus_start(); returns early when
 * vospi_capture_interrupted() becomes true. Drops VSYNCs that come meanwhile.
 */
bool vospi_bus_idle(VospiBus *bus, uint32_t microseconds);

/* Waits for vospi_bus_wake() or less. The bus is idle meanwhile, and VSYNCs are dropped. */
bool vospi_bus_hold(VospiBus *bus);

/* kVospiWakeRequest: vospi_capture_interrupted() is true. */
VospiWake vospi_bus_await_vsync(VospiBus *bus, VospiPulse *pulse, uint32_t microseconds);

/* True if vospi_bus_await_vsync() would return a VSYNC at once. */
bool vospi_bus_vsync_waits(const VospiBus *bus);

/* Buffer 0 or 1: kVospiSegmentPackets packets, aligned to 4 bytes. */
uint8_t *vospi_bus_buffer(VospiBus *bus, uint32_t index);

/*
 * Begins to read `count` packets of the period that began at `pulse` into a buffer of the bus.
 * False if the period would end before they are read: reading across its end loses sync.
 */
bool vospi_bus_begin_read(VospiBus *bus, const VospiPulse *pulse, uint8_t *packets, uint32_t count);

/* Waits until the packets are read. A transfer that failed leaves zeros, as a dead bus does. */
bool vospi_bus_end_read(VospiBus *bus, uint8_t *packets, uint32_t count);

/* No transfer begins in the rest of the period that began at `pulse`: opens the quiet window for kVospiQuietMicroseconds from there. */
void vospi_bus_quiet(VospiBus *bus, const VospiPulse *pulse);

/* Has vospi_capture_deliver() called on the XS thread. */
void vospi_bus_notify(VospiBus *bus);

#endif
