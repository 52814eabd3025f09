/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_STREAM_H
#define TCAM_STREAM_H

/*
 * A non-blocking byte stream over a descriptor with the flow control lwIP gives the SDK's classes on the ESP32:
 * what can be written is what fits the output buffer, writing never sends by itself, events come from the event loop.
 * End of input (the peer shut down its sending side) is reported after everything received was read.
 * A failure (reset, timeout) is reported at once; bytes in the input buffer stay readable.
 * Both buffers are allocated once. XS thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner.h"

typedef struct Stream Stream;

typedef enum {
    kStreamReadable = 1, /* bytes have arrived */
    kStreamWritable = 2, /* connected, or the other end has taken bytes */
    kStreamEnd = 4,      /* half-open only: end of input; comes once, when nothing is left to read */
    kStreamError = 8     /* the stream is over: it failed, or its input ended and it is not half-open; comes once */
} StreamEvent;

/* Called from the event loop. May call streamClose(). */
typedef void (*StreamCallback)(xsMachine *the, StreamEvent event, void *refcon);

typedef struct {
    size_t inputBytes;
    size_t outputBytes;
    bool connecting; /* connect() is still under way */
    bool linger;     /* a socket: on close send what is left and wait for the peer's end */
} StreamOptions;

/* Takes over `fd`, which must be non-blocking. NULL: out of memory, `fd` is still the caller's. */
Stream *streamNew(xsMachine *the, int fd, StreamOptions options);

/*
 * Sets the receiver of events; NULL: bytes wait. The event loop delivers those that describe the present state (readable, writable, end, error).
 * `halfOpen`: the stream stays writable after the end of its input.
 */
void streamListen(Stream *stream, StreamCallback callback, void *refcon, bool halfOpen);

/* Connected and writable: not failed, and its input has not ended or it is half-open. */
bool streamIsOpen(const Stream *stream);
/* Still connecting. */
bool streamIsConnecting(const Stream *stream);
int streamDescriptor(const Stream *stream);

size_t streamReadable(const Stream *stream);
/* Takes `count` bytes, at most streamReadable(). */
void streamRead(Stream *stream, void *bytes, size_t count);

size_t streamWritable(const Stream *stream);
/* Queues `count` bytes, all or none. False: they exceed streamWritable(), and kStreamWritable will follow. */
bool streamWrite(Stream *stream, const void *bytes, size_t count);

/* No event comes after this. With `linger`, queued bytes still go out for a few seconds. NULL is ignored. */
void streamClose(Stream *stream);

/* Ends at once, sending nothing: for the end of the machine. NULL is ignored. */
void streamAbort(Stream *stream);

#endif
