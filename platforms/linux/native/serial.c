/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/serial over the board link. As on the ESP32: write throws "output full" when it does not fit the transmit
 * buffer, read returns undefined when nothing was received.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardlink.h"
#include "io.h"
#include "mc.xs.h"
#include "stream.h"

enum {
    kReceiveBytes = 4096,
    kTransmitBytes = 4096, /* the buffers of platforms/esp32's serial port */
    kNoPin = -1,
    kBaudMaximum = 20000000
};

typedef struct {
    xsSlot object;
    Stream *stream;
    IOFormat format;
    bool receives;
    bool transmits;
    xsSlot *onReadable;
    xsSlot *onWritable;
} Serial;

void xs_serial_destructor(void *data);

static void markSerial(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Serial *serial = data;
    if (serial->onReadable)
        (*markRoot)(the, serial->onReadable);
    if (serial->onWritable)
        (*markRoot)(the, serial->onWritable);
}

static const xsHostHooks gHooks = {xs_serial_destructor, markSerial, NULL};

void xs_serial_destructor(void *data)
{
    Serial *serial = data;
    if (serial) {
        streamAbort(serial->stream);
        free(serial);
    }
}

static Serial *validate(xsMachine *the)
{
    Serial *serial = xsmcGetHostDataValidate(xsThis, (void *)&gHooks);
    if (!serial)
        xsSyntaxError("closed");
    return serial;
}

/* The end of the stream is the end of the board: a UART has no such event. */
static void onStream(xsMachine *the, StreamEvent event, void *refcon)
{
    Serial *serial = refcon;
    if (event == kStreamReadable && serial->receives)
        ioCall(the, &serial->object, serial->onReadable, (xsIntegerValue)streamReadable(serial->stream));
    else if (event == kStreamWritable && serial->transmits)
        ioCall(the, &serial->object, serial->onWritable, (xsIntegerValue)streamWritable(serial->stream));
}

static Stream *openPort(xsMachine *the, int transmit, int receive, int baud)
{
    char opening[128], answer[kBoardLineMaximum], error[160];
    int bytes = kTransmitBytes;
    snprintf(opening, sizeof opening, "{\"open\":\"serial\",\"transmit\":%d,\"receive\":%d,\"baud\":%d}", transmit, receive, baud);
    int fd = boardOpen(opening, answer, error, sizeof error);
    if (fd < 0)
        xsUnknownError("%s", error);
    /* What the kernel holds is written and not sent yet: as little as it allows. */
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    Stream *stream = streamNew(the, fd, (StreamOptions){.inputBytes = kReceiveBytes, .outputBytes = kTransmitBytes});
    if (!stream) {
        close(fd);
        xsRangeError("no memory");
    }
    return stream;
}

void xs_serial_constructor(xsMachine *the)
{
    int transmit = ioInteger(the, xsID_transmit, 0, 255, kNoPin, "invalid pin");
    int receive = ioInteger(the, xsID_receive, 0, 255, kNoPin, "invalid pin");
    int baud = ioInteger(the, xsID_baud, 1, kBaudMaximum, 0, "invalid baud");
    ioInteger(the, xsID_port, 0, 2, 0, "invalid port");
    xsSlot *onReadable = ioCallback(the, xsID_onReadable), *onWritable = ioCallback(the, xsID_onWritable);
    IOFormat format = ioFormatOption(the);
    if (transmit == kNoPin && receive == kNoPin)
        xsUnknownError("invalid");
    if (!baud)
        xsRangeError("invalid baud");
    ioTarget(the);
    Serial *serial = calloc(1, sizeof *serial);
    if (!serial)
        xsRangeError("no memory");
    *serial = (Serial){
        .format = format,
        .receives = receive != kNoPin,
        .transmits = transmit != kNoPin,
        .onReadable = onReadable,
        .onWritable = onWritable,
    };
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, serial);
    xsSetHostHooks(xsThis, (xsHostHooks *)&gHooks);
    serial->stream = openPort(the, transmit, receive, baud);
    streamListen(serial->stream, onStream, serial, false);
    serial->object = xsThis;
    xsRemember(serial->object);
}

void xs_serial_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    Serial *serial = validate(the);
    xsForget(serial->object);
    xsmcSetHostData(xsThis, NULL);
    streamClose(serial->stream);
    free(serial);
}

void xs_serial_read(xsMachine *the)
{
    Serial *serial = validate(the);
    xsIntegerValue available = (xsIntegerValue)streamReadable(serial->stream), count = available;
    xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
    void *bytes;
    if (!available)
        return;
    if (serial->format == kIONumber) {
        uint8_t byte;
        streamRead(serial->stream, &byte, 1);
        xsmcSetInteger(xsResult, byte);
        return;
    }
    if (type == xsReferenceType) {
        xsUnsignedValue size;
        xsmcGetBufferWritable(xsArg(0), &bytes, &size);
        if (size < (xsUnsignedValue)available)
            count = (xsIntegerValue)size;
    } else if (type != xsUndefinedType)
        count = xsmcToInteger(xsArg(0));
    if (count <= 0 || count > available)
        xsUnknownError("invalid");
    if (type == xsReferenceType)
        xsmcSetInteger(xsResult, count);
    else
        bytes = xsmcSetArrayBuffer(xsResult, NULL, count);
    streamRead(serial->stream, bytes, (size_t)count);
}

void xs_serial_write(xsMachine *the)
{
    Serial *serial = validate(the);
    xsUnsignedValue count = 1;
    uint8_t byte;
    void *bytes = &byte;
    if (serial->format == kIONumber)
        byte = (uint8_t)xsmcToInteger(xsArg(0));
    else
        xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (!streamWrite(serial->stream, bytes, count))
        xsUnknownError("output full");
    xsmcSetInteger(xsResult, (xsIntegerValue)streamWritable(serial->stream));
}

void xs_serial_get_format(xsMachine *the)
{
    ioFormatResult(the, validate(the)->format);
}

void xs_serial_set_format(xsMachine *the)
{
    Serial *serial = validate(the);
    serial->format = ioFormatFrom(the, &xsArg(0));
}
