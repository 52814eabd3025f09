/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_STREAM_H
#define TCAM_STREAM_H

/*
 * A non-blocking byte stream over a descriptor with the flow control lwIP gives the SDK's classes on the ESP32:
 * what can be written is what fits the output buffer, writing never sends by itself, events come from the event loop,
 * the end of the stream is told after everything received was read.
 * Both buffers are allocated once. XS thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "host.h"

typedef struct Stream Stream;

typedef enum {
    kStreamReadable = 1, /* bytes have arrived */
    kStreamWritable = 2, /* connected, or the other end has taken bytes */
    kStreamError = 4     /* the stream has ended, in whatever way; comes once, when nothing is left to read */
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
 * Sets who is told. Events that are true at this moment (readable, writable, ended) are told again, from the event loop.
 * `callback` NULL: nobody, bytes wait.
 */
void streamListen(Stream *stream, StreamCallback callback, void *refcon);

/* Connected and not ended. */
bool streamIsOpen(const Stream *stream);
/* Still connecting. */
bool streamIsConnecting(const Stream *stream);
int streamDescriptor(const Stream *stream);

size_t streamReadable(const Stream *stream);
/* Takes `count` bytes, at most streamReadable(). */
void streamRead(Stream *stream, void *bytes, size_t count);

size_t streamWritable(const Stream *stream);
/* Queues `count` bytes, at most streamWritable(). */
void streamWrite(Stream *stream, const void *bytes, size_t count);

/* No event comes after this. With `linger`, queued bytes still go out for a few seconds. NULL is ignored. */
void streamClose(Stream *stream);

/* Ends at once, sending nothing: for the end of the machine. NULL is ignored. */
void streamAbort(Stream *stream);

#endif
