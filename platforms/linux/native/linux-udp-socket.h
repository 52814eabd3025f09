/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LINUX_UDP_SOCKET_H
#define TCAM_LINUX_UDP_SOCKET_H

/* An IPv4 datagram socket of this computer or of the virtual network. XS thread only. */

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "runner.h"

typedef struct UdpSocket UdpSocket;

typedef struct {
    int port;                 /* 0: a free one */
    struct in_addr interface; /* address of the multicast interface */
    int time_to_live;         /* 0: the system's */
    bool multicast;           /* the port is shared, and the socket receives datagrams to groups */
} UdpSocketOptions;

/* Throws. */
UdpSocket *udp_socket_open(xsMachine *the, UdpSocketOptions options);

/* Calls `callback` from the event loop while datagrams wait; not `watched`: no longer. False: no memory. */
bool udp_socket_watch(xsMachine *the, UdpSocket *socket, bool watched, RunnerWatchCallback callback, void *refcon);

/* Takes one datagram; its length, or negative when none waits. What exceeds `size` is lost. */
ssize_t udp_socket_receive(UdpSocket *socket, void *bytes, size_t size, struct sockaddr_in *from);

/* Both return 0 or errno. */
int udp_socket_send(UdpSocket *socket, const void *bytes, size_t count, const struct sockaddr_in *to);
/* Joining twice and leaving a group that was not joined succeed, as in lwIP. */
int udp_socket_join(UdpSocket *socket, struct in_addr group, bool join);

/* Ignores NULL. */
void udp_socket_close(UdpSocket *socket);

#endif
