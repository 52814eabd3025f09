/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LINUX_TCP_SOCKET_H
#define TCAM_LINUX_TCP_SOCKET_H

#include "tcp-socket.h"

/* Takes over an accepted, non-blocking descriptor. NULL: no memory, and `fd` is still the caller's. */
TcpSocket *tcp_socket_new(xsMachine *the, int fd);

#endif
