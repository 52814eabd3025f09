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

#include "tcp-socket.h"

#include "lwip/tcp.h"

/* In lwIP's task: takes over an accepted connection. Its events wait for tcp_socket_adopt(). NULL: no memory. */
TcpSocket *tcp_socket_new(xsMachine *the, struct tcp_pcb *pcb);

/* tcp_socket_close() in lwIP's task, for a socket that was never adopted. */
void tcp_socket_discard(TcpSocket *socket);

#endif
