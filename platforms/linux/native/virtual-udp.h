/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_VIRTUAL_UDP_H
#define TCAM_VIRTUAL_UDP_H

/* Datagrams that the board carries in lock-step (docs/board-link.md, "udp"), in place of this computer. As linux-udp-socket.h. XS thread only. */

#include "linux-udp-socket.h"

typedef struct VirtualUdp VirtualUdp;

/* NULL: `error` says why. */
VirtualUdp *virtual_udp_open(UdpSocketOptions options, char *error, size_t size);
bool virtual_udp_watch(xsMachine *the, VirtualUdp *udp, bool watched, RunnerWatchCallback callback, void *refcon);
ssize_t virtual_udp_receive(VirtualUdp *udp, void *bytes, size_t size, struct sockaddr_in *from);
int virtual_udp_send(VirtualUdp *udp, const void *bytes, size_t count, const struct sockaddr_in *to);
int virtual_udp_join(VirtualUdp *udp, struct in_addr group, bool join);
void virtual_udp_close(VirtualUdp *udp);

#endif
