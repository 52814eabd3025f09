/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LWIP_STREAM_H
#define TCAM_LWIP_STREAM_H

/*
 * A TCP connection between lwIP's task and the XS task. Only lwIP's task touches the protocol block (pcb), which it may free at any time;
 * what the XS task wants of it is done there while XS waits. What was received is handed over under a mutex.
 *
 * Why not the SDK's class: it changes its list of received buffers from both tasks without a lock, reads the pcb from the XS task, and
 * a connection that is reset before it is accepted leaves it a dangling one.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notifier.h"

#include "esp_err.h"
#include "lwip/tcp.h"

/* Events: what may have changed; the functions below say how things stand. */
enum {
    kStreamReadable = 1,
    kStreamWritable = 2,
    kStreamEnded = 4, /* the peer has shut down its sending side; again when everything received was read */
    kStreamFailed = 8 /* the connection is over: reset, or timeout */
};

typedef struct Stream Stream;

/* In lwIP's task: takes over a new connection. Its events wait for an owner. NULL: no memory. */
Stream *stream_new(xsMachine *the, struct tcp_pcb *pcb);

/* The rest in the XS task. Sets who gets the events, from the event loop; all of them come once, whatever the state. */
void stream_adopt(Stream *stream, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events));

/* `nodelay`: no Nagle. `keepalive`: ms of silence before the peer is probed, 0 for never; after three unanswered probes it is dropped. */
void stream_tune(Stream *stream, bool nodelay, uint32_t keepalive);

size_t stream_readable(const Stream *stream);
/* Copies `count` bytes, no more than can be read. */
void stream_read(Stream *stream, void *bytes, size_t count);
/* Bytes that stream_write() takes: less than the send buffer has left where packet buffers or memory are short. */
size_t stream_writable(const Stream *stream);
/* The peer sends no more; bytes may wait to be read. Writing goes on. */
bool stream_ended(const Stream *stream);
/* The connection is over; bytes may wait to be read. */
bool stream_failed(const Stream *stream);
/*
 * Takes all of it or nothing. ESP_ERR_NO_MEM: it does not fit; stream_writable() is then 0 until kStreamWritable comes.
 * ESP_ERR_INVALID_STATE: the connection is over.
 */
esp_err_t stream_write(Stream *stream, const void *bytes, size_t count);
/* "192.168.4.2", and the peer's port. False when that is not known. */
bool stream_peer(const Stream *stream, char *text, size_t size, uint16_t *port);

/* Frees the stream. The connection ends after what was written; what the peer still sends meanwhile is dropped. */
void stream_close(Stream *stream);

/* stream_close() in lwIP's task, for a stream that was never adopted. */
void stream_discard(Stream *stream);

#endif
