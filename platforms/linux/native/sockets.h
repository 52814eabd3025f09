/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_SOCKETS_H
#define TCAM_SOCKETS_H

/* Addresses and options of the IP sockets. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage storage;
    socklen_t length;
} SocketAddress;

enum { kAddressText = 64 };

/* A dotted IPv4 or an IPv6 address (no name) and a port. */
bool socket_address(const char *text, int port, SocketAddress *address);
/* `text` has kAddressText bytes. */
void socket_address_text(const SocketAddress *address, char *text);
int socket_address_port(const SocketAddress *address);

/*
 * Where a listener for `port` is to listen: TCAM_LISTEN (`5001=127.0.0.1:35001,...`) maps the device's ports to addresses
 * of this computer; a port it does not name is opened on 127.0.0.1 as it is. False: TCAM_LISTEN cannot be understood.
 */
bool socket_listen_address(int port, SocketAddress *address);

/* Bytes the environment variable `name` asks for, `absent` without it, brought into the range given. */
size_t socket_bytes(const char *name, size_t absent, size_t low, size_t high);

/* Bytes a TCP socket lets the firmware write ahead of its peer; TCAM_TCP_SNDBUF. */
size_t socket_send_bytes(void);

/* What every TCP socket gets: probes that find a peer that is gone, and a small send buffer in the kernel. */
void socket_tune(int fd);

/* Probes a silent peer after this many milliseconds, then at half that interval. */
void socket_keepalive(int fd, int milliseconds);

#endif
