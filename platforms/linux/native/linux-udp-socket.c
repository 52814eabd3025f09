/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Multicast on this computer uses the interface with the option's address; programs on it receive it too.
 * The port is shared, so that the firmware and another mDNS responder can both open 5353.
 */

/* For getifaddrs(): the SDK compiles with POSIX only. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include "linux-udp-socket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "virtual-tcp.h"
#include "virtual-udp.h"

enum { kErrorText = 160 };

struct UdpSocket {
    VirtualUdp *virtual; /* NULL: a descriptor */
    int fd;
    struct in_addr interface;
    RunnerWatch *watch;
};

static bool has_address(const struct ifaddrs *interface, struct in_addr address, bool in_network)
{
    if (!interface->ifa_addr || interface->ifa_addr->sa_family != AF_INET || !interface->ifa_netmask)
        return false;
    in_addr_t own = ((const struct sockaddr_in *)interface->ifa_addr)->sin_addr.s_addr;
    in_addr_t mask = in_network ? ((const struct sockaddr_in *)interface->ifa_netmask)->sin_addr.s_addr : INADDR_BROADCAST;
    return ((own ^ address.s_addr) & mask) == 0;
}

/* Writes the name of the interface with this address; of the loopback interface for any address of its network. False: none. */
static bool find_interface(struct in_addr address, char *name)
{
    struct ifaddrs *all, *found = NULL;

    if (getifaddrs(&all))
        return false;
    for (struct ifaddrs *one = all; one && !found; one = one->ifa_next)
        if (has_address(one, address, one->ifa_flags & IFF_LOOPBACK))
            found = one;
    if (found) {
        snprintf(name, IFNAMSIZ, "%s", found->ifa_name);
        name[strcspn(name, ":")] = 0; /* a second address of eth0 may be labelled eth0:1 */
    }
    freeifaddrs(all);
    return found;
}

/*
 * Restricts the socket to one interface. Otherwise sockets that share a port, one for each interface, receive each other's datagrams:
 * those of every group that any of them has joined, and unicast ones as the kernel distributes them. Called before bind(), so that the
 * kernel distributes among the sockets of one interface.
 */
static void bind_to_interface(xsMachine *the, int fd, struct in_addr address)
{
    char name[IFNAMSIZ], text[INET_ADDRSTRLEN];
    int error;

    inet_ntop(AF_INET, &address, text, sizeof text);
    if (!find_interface(address, name)) {
        close(fd);
        xsUnknownError("no interface has the address %s", text);
    }
    if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1))
        return;
    error = errno;
    /* Before Linux 5.7 this needs root. A camera on the loopback interface works without it. */
    if (error == EPERM && ntohl(address.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET)
        return;
    close(fd);
    xsUnknownError("interface %s: %s", name, strerror(error));
}

static int open_descriptor(xsMachine *the, UdpSocketOptions options)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)options.port), .sin_addr = options.interface};
    unsigned char ttl = (unsigned char)options.time_to_live, loop = 1;
    int on = 1, unicast = options.time_to_live;
    /* A socket bound to the interface's address would not receive datagrams to a group. */
    if (options.multicast)
        address.sin_addr.s_addr = htonl(INADDR_ANY);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("socket: %s", strerror(errno));
    if (options.multicast) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        bind_to_interface(the, fd, options.interface);
    }
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &options.interface, sizeof options.interface);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop);
    if (options.time_to_live > 0) {
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
        setsockopt(fd, IPPROTO_IP, IP_TTL, &unicast, sizeof unicast);
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        close(fd);
        xsUnknownError("UDP port %d: %s", options.port, strerror(error));
    }
    return fd;
}

UdpSocket *udp_socket_open(xsMachine *the, UdpSocketOptions options)
{
    char error[kErrorText];
    UdpSocket *socket = calloc(1, sizeof *socket);

    if (!socket)
        xsUnknownError("no memory");
    socket->fd = -1;
    socket->interface = options.interface;
    xsTry
    {
        if (!virtual_network())
            socket->fd = open_descriptor(the, options);
        else if (!(socket->virtual = virtual_udp_open(options, error, sizeof error)))
            xsUnknownError("UDP port %d: %s", options.port, error);
    }
    xsCatch
    {
        free(socket);
        xsThrow(xsException);
    }
    return socket;
}

bool udp_socket_watch(xsMachine *the, UdpSocket *socket, bool watched, RunnerWatchCallback callback, void *refcon)
{
    int events = watched ? kRunnerReadable : 0;

    if (socket->virtual)
        return virtual_udp_watch(the, socket->virtual, watched, callback, refcon);
    if (socket->watch)
        runner_watch_set_events(socket->watch, events);
    else
        socket->watch = runner_watch(the, socket->fd, events, callback, refcon);
    return socket->watch != NULL;
}

ssize_t udp_socket_receive(UdpSocket *socket, void *bytes, size_t size, struct sockaddr_in *from)
{
    socklen_t length = sizeof *from;

    if (socket->virtual)
        return virtual_udp_receive(socket->virtual, bytes, size, from);
    return recvfrom(socket->fd, bytes, size, 0, (struct sockaddr *)from, &length);
}

int udp_socket_send(UdpSocket *socket, const void *bytes, size_t count, const struct sockaddr_in *to)
{
    if (socket->virtual)
        return virtual_udp_send(socket->virtual, bytes, count, to);
    return sendto(socket->fd, bytes, count, MSG_NOSIGNAL, (const struct sockaddr *)to, sizeof *to) < 0 ? errno : 0;
}

int udp_socket_join(UdpSocket *socket, struct in_addr group, bool join)
{
    struct ip_mreq membership = {.imr_multiaddr = group, .imr_interface = socket->interface};

    if (socket->virtual)
        return virtual_udp_join(socket->virtual, group, join);
    int failed = setsockopt(socket->fd, IPPROTO_IP, join ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &membership, sizeof membership);
    return failed && errno != EADDRINUSE && errno != EADDRNOTAVAIL ? errno : 0;
}

void udp_socket_close(UdpSocket *socket)
{
    if (!socket)
        return;
    runner_unwatch(socket->watch);
    if (socket->fd >= 0)
        close(socket->fd);
    if (socket->virtual)
        virtual_udp_close(socket->virtual);
    free(socket);
}
