/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_SOCKETS_H
#define TCAM_SOCKETS_H

/* Addresses and options of IP sockets. */

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

typedef struct {
    struct sockaddr_storage storage;
    socklen_t length;
} SocketAddress;

/* Reads a dotted IPv4 or an IPv6 address. Names are not looked up. False: not an address. */
bool socket_address(const char *text, int port, SocketAddress *address);
/* False: `text` is too short. */
bool socket_address_text(const SocketAddress *address, char *text, size_t size);
int socket_address_port(const SocketAddress *address);

/*
 * Address for a listener on `port`. TCAM_LISTEN (`5001=127.0.0.1:35001,...`) maps the camera's ports to addresses of this computer;
 * other ports are opened unchanged on 127.0.0.1. False: TCAM_LISTEN is not of this form.
 */
bool socket_listen_address(int port, SocketAddress *address);

enum {
    kSocketKeepaliveMilliseconds = 10000,
    /*
     * TCP user timeout: drops a peer that acknowledges nothing, answers no probe, or keeps its window closed for this long.
     * Linux applies it to keep-alive too, instead of a count of probes (tcp(7)).
     */
    kSocketUserTimeoutMilliseconds = 60000
};

/* Send buffer of a TCP socket in bytes: TCAM_TCP_SNDBUF, or the ESP32's. */
size_t socket_send_bytes(void);

/* Sets keep-alive, the TCP user timeout, and the kernel's send buffer to socket_send_bytes(). */
void socket_tune(int fd);

/* Probes a silent peer after this many milliseconds, then at half the interval. */
void socket_keepalive(int fd, int milliseconds);

#endif
