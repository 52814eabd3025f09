/* SPDX-License-Identifier: Apache-2.0 */

/* Class WebSocketImage, declared in modules/web/websocket-image.ts: a frame as a message of a WebSocket. */

#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "binary-image.h"
#include "native-source.h"
#include "shared-lossless.h"
#include "shared-statistics.h"
#include "vospi-hold.h"
#include "websocket-frames.h"

typedef struct WebSocketImage {
    NativeSource source;
    uint8_t header[kWebSocketHeaderMaximum];
    size_t header_at, header_length;
    BinaryImage image;
    /* What the payload is in; NULL: nothing. */
    VospiHold *hold;
    SharedLossless *compressed;
    bool open; /* there is something to read */
} WebSocketImage;

void xs_websocket_image_destructor(void *data);

static const xsHostHooks kHooks = {xs_websocket_image_destructor, native_source_mark, NULL};

static void release(WebSocketImage *message)
{
    if (message->hold)
        vospi_hold_release(message->hold);
    if (message->compressed)
        shared_lossless_release(message->compressed);
    message->hold = NULL;
    message->compressed = NULL;
    message->open = false;
}

void xs_websocket_image_destructor(void *data)
{
    if (data) {
        release(data);
        free(data);
    }
}

/* Writes the next bytes, 0 at the end. Releases the frame with the last byte. */
static size_t read_next(NativeSource *source, uint8_t *target, size_t size)
{
    WebSocketImage *message = (WebSocketImage *)source;
    size_t left = message->header_length - message->header_at, written = left < size ? left : size;

    if (!message->open)
        return 0;
    memcpy(target, message->header + message->header_at, written);
    message->header_at += written;
    written += binary_image_read(&message->image, target + written, size - written);
    if (binary_image_done(&message->image))
        release(message);
    return written;
}

void xs_websocket_image(xsMachine *the)
{
    WebSocketImage *message = calloc(1, sizeof *message);

    if (!message)
        xsUnknownError("no memory for an image");
    message->source.read = read_next;
    xsmcSetHostData(xsThis, message);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

static WebSocketImage *this_message(xsMachine *the)
{
    return xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
}

/* Begins version 2; compressed pixels do not need the frame. Returns 0 when out of memory. */
static size_t start_2(WebSocketImage *message, VospiHold *hold, double clock)
{
    const FrameStatistics *statistics = shared_statistics(hold);
    SharedLossless *compressed = statistics ? shared_lossless(hold) : NULL;
    BinaryImageFacts facts = {.statistics = statistics, .clock = clock > 0 ? (uint64_t)clock : 0};

    if (!statistics)
        return 0;
    if (compressed) {
        facts.compressed = compressed->bytes;
        facts.compressed_length = compressed->length;
        message->compressed = compressed;
    } else
        message->hold = hold;
    size_t length = binary_image_start_2(&message->image, vospi_hold_read(hold), &facts);
    if (compressed)
        vospi_hold_release(hold);
    return length;
}

/* start(frame, version, clock): returns the length of the message. Discards an unfinished one. */
void xs_websocket_image_start(xsMachine *the)
{
    WebSocketImage *message = this_message(the);
    size_t length;

    if (xsmcArgc < 3)
        xsTypeError("start: expected frame, version and clock");
    bool second = xsmcToInteger(xsArg(1)) == 2;
    double clock = xsmcToNumber(xsArg(2));
    VospiHold *hold = vospi_hold_frame(the, &xsArg(0));
    release(message);
    if (second)
        length = start_2(message, hold, clock);
    else {
        message->hold = hold;
        length = binary_image_start_1(&message->image, vospi_hold_read(hold));
    }
    if (!length) {
        vospi_hold_release(hold);
        xsUnknownError("no memory for statistics");
    }
    message->open = true;
    message->header_at = 0;
    message->header_length = websocket_header(message->header, kWebSocketBinary, length);
    xsmcSetInteger(xsResult, (xsIntegerValue)(message->header_length + length));
}

/* read(target): returns the number of bytes written to it. */
void xs_websocket_image_read(xsMachine *the)
{
    native_source_read(the, &this_message(the)->source);
}

void xs_websocket_image_stop(xsMachine *the)
{
    release(this_message(the));
}
