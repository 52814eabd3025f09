/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_TCP_OBJECT_H
#define TCAM_TCP_OBJECT_H

#include "tcp-socket.h"

/* Gives `socket` to a TCP object that was created without options. Throws, and does not take it, when `instance` is not such an object. */
void tcp_object_accept(xsMachine *the, xsSlot *instance, TcpSocket *socket);

#endif
