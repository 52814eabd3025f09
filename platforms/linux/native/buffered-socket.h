/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_BUFFERED_SOCKET_H
#define TCAM_BUFFERED_SOCKET_H

/*
 * A non-blocking socket with input and output buffers and lwIP's flow control. A write takes what fits the output buffer; the event loop
 * sends it. End of input (the peer shut down its sending side) is reported after the last byte is read. A failure (reset, timeout) is
 * reported at once; bytes in the input buffer stay readable. Both buffers are allocated once. XS thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "runner.h"

typedef struct BufferedSocket BufferedSocket;

typedef enum {
    kSocketReadable = 1, /* bytes have arrived */
    kSocketWritable = 2, /* connected, or bytes were taken by the kernel or acknowledged by the peer */
    kSocketEnd = 4,      /* half-open only: end of input, once, after the last byte is read */
    kSocketError = 8     /* once: the socket failed, or its input ended and it is not half-open */
} BufferedSocketEvent;

/* Called from the event loop. May call buffered_socket_close(). */
typedef void (*BufferedSocketCallback)(xsMachine *the, BufferedSocketEvent event, void *refcon);

typedef struct {
    size_t input_bytes;
    size_t output_bytes;
    bool connecting; /* connect() is in progress */
    bool linger;     /* close() sends the queued bytes and waits for the peer's FIN */
} BufferedSocketOptions;

/* What the buffers are in front of, if it is no descriptor. */
typedef struct {
    /* As recv() and send() on a non-blocking socket. */
    ssize_t (*receive)(void *peer, void *bytes, size_t size);
    ssize_t (*send)(void *peer, const void *bytes, size_t size);
    /* As runner_watch(); called again with other events. */
    bool (*watch)(xsMachine *the, void *peer, int events, RunnerWatchCallback callback, void *refcon);
    /* Sends what was queued, as close() does. */
    void (*close)(void *peer);
    /* The rest may be NULL. */
    /* errno of a connection that has failed, or 0. */
    int (*error)(void *peer);
    /* Bytes sent that the peer has acknowledged since the last call; kRunnerWritable announces them. NULL: bytes count no more once sent. */
    size_t (*acknowledged)(void *peer);
    /* So many bytes have left the input buffer. */
    void (*consumed)(void *peer, size_t count);
} BufferedSocketPeer;

/* Takes over `peer`. NULL: no memory, and `peer` is still the caller's. */
BufferedSocket *buffered_socket_over(xsMachine *the, const BufferedSocketPeer *functions, void *peer, BufferedSocketOptions options);

/* Takes over `fd`, which must be non-blocking. NULL: no memory, and `fd` is still the caller's. */
BufferedSocket *buffered_socket_new(xsMachine *the, int fd, BufferedSocketOptions options);

/*
 * Sets the receiver of events; NULL: none. The event loop delivers the events of the current state.
 * `half_open`: the socket stays writable after the end of its input.
 */
void buffered_socket_listen(BufferedSocket *socket, BufferedSocketCallback callback, void *refcon, bool half_open);

bool buffered_socket_is_connecting(const BufferedSocket *socket);
int buffered_socket_descriptor(const BufferedSocket *socket);

/* End of input. */
bool buffered_socket_ended(const BufferedSocket *socket);
bool buffered_socket_failed(const BufferedSocket *socket);

size_t buffered_socket_readable(const BufferedSocket *socket);
/* Copies `count` bytes, at most buffered_socket_readable(). */
void buffered_socket_read(BufferedSocket *socket, void *bytes, size_t count);

size_t buffered_socket_writable(const BufferedSocket *socket);
/* The kernel has taken all queued bytes, or the peer has acknowledged them. */
bool buffered_socket_drained(const BufferedSocket *socket);
/* Queues at most `bytes`, or the output buffer's size if that is less. */
void buffered_socket_limit(BufferedSocket *socket, size_t bytes);
/* Queues all bytes or none. False: they exceed buffered_socket_writable(); kSocketWritable follows. */
bool buffered_socket_write(BufferedSocket *socket, const void *bytes, size_t count);

/* No event comes after this. With `linger`, queued bytes are sent for up to 5 s. Ignores NULL. */
void buffered_socket_close(BufferedSocket *socket);

/* Ends what still sends after its close, for a program whose code is unloaded with the XS machine. */
void buffered_socket_end_lingering(void);

/* Closes at once and drops queued bytes, for the end of the XS machine. Ignores NULL. */
void buffered_socket_abort(BufferedSocket *socket);

#endif
