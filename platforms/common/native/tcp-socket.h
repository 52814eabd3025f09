/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_TCP_SOCKET_H
#define TCAM_TCP_SOCKET_H

/*
 * The TCP connection under class TCP (tcp.c): esp32/native/lwip-tcp-socket.c and linux/native/linux-tcp-socket.c implement it. XS thread only.
 * End of input (the peer shut down its sending side) is reported after the last byte is read. A failure (reset, timeout) is reported at
 * once; received bytes stay readable.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

/* Events: the state that may have changed. The functions below return the state. */
enum {
    kTcpReadable = 1,
    kTcpWritable = 2,
    kTcpEnded = 4, /* the peer has shut down its sending side; again when all input was read */
    kTcpFailed = 8 /* the connection is over: refused, reset, or timeout */
};

typedef enum { kTcpWritten, kTcpWouldBlock, kTcpOver } TcpWrite;

typedef struct TcpSocket TcpSocket;

/* Starts a connection to a numeric address; kTcpWritable or kTcpFailed follows. Throws. */
TcpSocket *tcp_socket_connect(xsMachine *the, const char *address, uint16_t port);

/* Sets the receiver of events, from the event loop. All events are posted once, in any state. The receiver may close the socket. */
void tcp_socket_adopt(TcpSocket *socket, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events));

/*
 * `nodelay`: no Nagle. `keepalive`: ms of silence before a probe, 0: the default. An unanswered probe drops the connection.
 * `limit`: bytes that may be written and not acknowledged, 0: the send buffer's.
 */
void tcp_socket_tune(TcpSocket *socket, bool nodelay, uint32_t keepalive, uint32_t limit);

bool tcp_socket_connecting(const TcpSocket *socket);
/* End of input. Received bytes stay readable, and writing is possible. */
bool tcp_socket_ended(const TcpSocket *socket);
bool tcp_socket_failed(const TcpSocket *socket);

size_t tcp_socket_readable(const TcpSocket *socket);
/* Copies `count` bytes, at most tcp_socket_readable(). */
void tcp_socket_read(TcpSocket *socket, void *bytes, size_t count);

/* Bytes that tcp_socket_write() takes: less than the rest of the send buffer when memory is short. */
size_t tcp_socket_writable(const TcpSocket *socket);
/* All written bytes are acknowledged. */
bool tcp_socket_drained(const TcpSocket *socket);
/* Queues all bytes or none. After kTcpWouldBlock kTcpWritable follows. */
TcpWrite tcp_socket_write(TcpSocket *socket, const void *bytes, size_t count);

/* The peer's address as text ("192.168.4.2") and its port. False: `text` is too short. */
bool tcp_socket_peer(const TcpSocket *socket, char *text, size_t size, uint16_t *port);

/* Frees the socket; no event comes after this. The connection ends after the queued bytes are sent; input is dropped. */
void tcp_socket_close(TcpSocket *socket);
/* Frees the socket at the end of the XS machine, where the platform cannot wait for queued bytes. */
void tcp_socket_abort(TcpSocket *socket);

#endif
