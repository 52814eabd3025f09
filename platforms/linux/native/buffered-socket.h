/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BUFFERED_SOCKET_H
#define TCAM_BUFFERED_SOCKET_H

/*
 * A non-blocking byte socket over a descriptor with the flow control lwIP gives the SDK's classes on the ESP32:
 * what can be written is what fits the output buffer, writing never sends by itself, events come from the event loop.
 * End of input (the peer shut down its sending side) is reported after everything received was read.
 * A failure (reset, timeout) is reported at once; bytes in the input buffer stay readable.
 * Both buffers are allocated once. XS thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runner.h"

typedef struct BufferedSocket BufferedSocket;

typedef enum {
    kSocketReadable = 1, /* bytes have arrived */
    kSocketWritable = 2, /* connected, or the other end has taken bytes */
    kSocketEnd = 4,      /* half-open only: end of input; comes once, when nothing is left to read */
    kSocketError = 8     /* the socket is over: it failed, or its input ended and it is not half-open; comes once */
} BufferedSocketEvent;

/* Called from the event loop. May call buffered_socket_close(). */
typedef void (*BufferedSocketCallback)(xsMachine *the, BufferedSocketEvent event, void *refcon);

typedef struct {
    size_t input_bytes;
    size_t output_bytes;
    bool connecting; /* connect() is still under way */
    bool linger;     /* a socket: on close send what is left and wait for the peer's end */
} BufferedSocketOptions;

/* Takes over `fd`, which must be non-blocking. NULL: out of memory, `fd` is still the caller's. */
BufferedSocket *buffered_socket_new(xsMachine *the, int fd, BufferedSocketOptions options);

/*
 * Sets the receiver of events; NULL: bytes wait. The event loop delivers those that describe the present state (readable, writable, end, error).
 * `half_open`: the socket stays writable after the end of its input.
 */
void buffered_socket_listen(BufferedSocket *socket, BufferedSocketCallback callback, void *refcon, bool half_open);

/* Connected and writable: not failed, and its input has not ended or it is half-open. */
bool buffered_socket_is_open(const BufferedSocket *socket);
/* Still connecting. */
bool buffered_socket_is_connecting(const BufferedSocket *socket);
int buffered_socket_descriptor(const BufferedSocket *socket);

size_t buffered_socket_readable(const BufferedSocket *socket);
/* Takes `count` bytes, at most buffered_socket_readable(). */
void buffered_socket_read(BufferedSocket *socket, void *bytes, size_t count);

size_t buffered_socket_writable(const BufferedSocket *socket);
/* Queues `count` bytes, all or none. False: they exceed buffered_socket_writable(), and kSocketWritable will follow. */
bool buffered_socket_write(BufferedSocket *socket, const void *bytes, size_t count);

/* No event comes after this. With `linger`, queued bytes still go out for a few seconds. NULL is ignored. */
void buffered_socket_close(BufferedSocket *socket);

/* Ends at once, sending nothing: for the end of the machine. NULL is ignored. */
void buffered_socket_abort(BufferedSocket *socket);

#endif
