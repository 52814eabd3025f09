/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LWIP_TCP_SOCKET_H
#define TCAM_LWIP_TCP_SOCKET_H

/*
 * A TCP connection between lwIP's task and the XS task. Only lwIP's task accesses the protocol control block (pcb), which it may free at
 * any time. The XS task runs its requests there and waits for them. A mutex guards the received bytes.
 *
 * The SDK's class is not used: it changes its list of received buffers from both tasks without a lock, reads the pcb from the XS task, and
 * keeps a dangling pcb when a connection is reset before it is accepted.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "notifier.h"

#include "esp_err.h"
#include "lwip/tcp.h"

/* Events: the state that may have changed. The functions below return the state. */
enum {
    kSocketReadable = 1,
    kSocketWritable = 2,
    kSocketEnded = 4, /* the peer has shut down its sending side; posted again when all input was read */
    kSocketFailed = 8 /* the connection is over: reset, or timeout */
};

typedef struct TcpSocket TcpSocket;

/* In lwIP's task: takes over a new connection. Its events wait for tcp_socket_adopt(). NULL: no memory. */
TcpSocket *tcp_socket_new(xsMachine *the, struct tcp_pcb *pcb);

/* The rest in the XS task. Sets the receiver of events, from the event loop. All events are posted once, in any state. */
void tcp_socket_adopt(TcpSocket *socket, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events));

/* `nodelay`: no Nagle. `keepalive`: ms of silence before a probe, 0: off. Three unanswered probes drop the connection. */
void tcp_socket_tune(TcpSocket *socket, bool nodelay, uint32_t keepalive);

size_t tcp_socket_readable(const TcpSocket *socket);
/* Copies `count` bytes, at most tcp_socket_readable(). */
void tcp_socket_read(TcpSocket *socket, void *bytes, size_t count);
/* Bytes that tcp_socket_write() takes: less than the rest of the send buffer when packet buffers or memory are short. */
size_t tcp_socket_writable(const TcpSocket *socket);
/* The peer has shut down its sending side. Received bytes stay readable, and writing is possible. */
bool tcp_socket_ended(const TcpSocket *socket);
/* The connection is over. Received bytes stay readable. */
bool tcp_socket_failed(const TcpSocket *socket);
/*
 * Queues all bytes or none. ESP_ERR_NO_MEM: they do not fit; tcp_socket_writable() is then 0 until kSocketWritable.
 * ESP_ERR_INVALID_STATE: the connection is over.
 */
esp_err_t tcp_socket_write(TcpSocket *socket, const void *bytes, size_t count);
/* The peer's address as text ("192.168.4.2") and its port. False: `text` is too short. */
bool tcp_socket_peer(const TcpSocket *socket, char *text, size_t size, uint16_t *port);

/* Frees the socket. The connection ends after the queued bytes are sent; input is dropped. */
void tcp_socket_close(TcpSocket *socket);

/* tcp_socket_close() in lwIP's task, for a socket that was never adopted. */
void tcp_socket_discard(TcpSocket *socket);

#endif
