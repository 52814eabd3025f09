/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_VIRTUAL_TCP_H
#define TCAM_VIRTUAL_TCP_H

/*
 * TCP that the board carries in lock-step (docs/board-link.md, "tcp" and "tcp-listener"), in place of this computer's. The board is network
 * and TCP stack: it retransmits, acknowledges, probes silent peers, and sends what is queued after close(). XS thread only.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buffered-socket.h"
#include "sockets.h"

/* True if the board carries TCP and UDP. */
bool virtual_network(void);

typedef struct VirtualTcp VirtualTcp;

/* A VirtualTcp in place of a descriptor. */
extern const BufferedSocketPeer kVirtualTcp;

/* Starts a connection. `window`: size of the input buffer. NULL: `error` says why. */
VirtualTcp *virtual_tcp_connect(xsMachine *the, const SocketAddress *peer, size_t window, char *error, size_t size);
void virtual_tcp_keepalive(VirtualTcp *tcp, uint32_t milliseconds);
const SocketAddress *virtual_tcp_peer(const VirtualTcp *tcp);
/* For a connection that no BufferedSocket has taken over. */
void virtual_tcp_close(VirtualTcp *tcp);

typedef struct VirtualListener VirtualListener;

/* `port`: 0 for a free one; then the one in use. NULL: `error` says why. */
VirtualListener *virtual_listener_open(int *port, int backlog, char *error, size_t size);
/* Calls `callback` from the event loop while connections wait; not `watched`: no longer. */
void virtual_listener_watch(xsMachine *the, VirtualListener *listener, bool watched, RunnerWatchCallback callback, void *refcon);
/* Accepts a connection. NULL: none waits, or no memory. */
VirtualTcp *virtual_listener_accept(xsMachine *the, VirtualListener *listener, size_t window);
/* Resets the connections that wait. */
void virtual_listener_close(VirtualListener *listener);

#endif
