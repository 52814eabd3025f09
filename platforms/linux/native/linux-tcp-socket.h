/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LINUX_TCP_SOCKET_H
#define TCAM_LINUX_TCP_SOCKET_H

#include "tcp-socket.h"
#include "virtual-tcp.h"

/* Received ahead of the firmware. When the firmware does not read, the peer's window closes. */
enum { kTcpReceiveBytes = 16384 };

/* Takes over an accepted, non-blocking descriptor. NULL: no memory, and `fd` is still the caller's. */
TcpSocket *tcp_socket_new(xsMachine *the, int fd);
/* The same for a connection that the board carries. */
TcpSocket *tcp_socket_over(xsMachine *the, VirtualTcp *connection);

#endif
