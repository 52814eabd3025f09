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

#include "doorbell.h"

#include "esp_err.h"
#include "lwip/tcp.h"

/* Events of the bell. */
enum { kStreamReadable = 1, kStreamWritable = 2, kStreamEnded = 4 };

typedef struct Stream Stream;

/* In lwIP's task: takes over a new connection; events come to `answer`. NULL when there is no memory. */
Stream *stream_new(xsMachine *the, struct tcp_pcb *pcb);

/* The rest in the XS task. Whose events these are; NULL drops them. Events of the state it is in come at once. */
void stream_adopt(Stream *stream, void *owner, void (*answer)(xsMachine *the, void *owner, uint32_t events));

/* `nodelay`: no Nagle. `keepalive`: ms of silence before the peer is probed, 0 for never; after three probes it counts as gone. */
void stream_tune(Stream *stream, bool nodelay, uint32_t keepalive);

size_t stream_readable(const Stream *stream);
/* Copies `count` bytes, no more than can be read. */
void stream_read(Stream *stream, void *bytes, size_t count);
size_t stream_writable(const Stream *stream);
bool stream_ended(const Stream *stream);
/* Takes all of it or nothing: ESP_ERR_NO_MEM when it does not fit. Nothing happens when the connection has ended. */
esp_err_t stream_write(Stream *stream, const void *bytes, size_t count);
/* "192.168.4.2", and the peer's port. False when that is not known. */
bool stream_peer(const Stream *stream, char *text, size_t size, uint16_t *port);

/* Ends the connection after what was written, and the stream. */
void stream_close(Stream *stream);

/* In lwIP's task: ends one that nobody has adopted. */
void stream_discard(Stream *stream);

#endif
