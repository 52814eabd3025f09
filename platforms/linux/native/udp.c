/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/socket/udp over IPv4, with the option `multicast` and the methods add() and remove() of platforms/esp32.
 * Multicast uses the interface with the address given as option `address`, or loopback; programs on this computer receive it too.
 * The port is shared, so that the firmware and another mDNS responder can both open 5353.
 */

/* For getifaddrs(): the SDK compiles with POSIX only. */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mc.xs.h"
#include "native-class.h"
#include "runner.h"

/* kQueueDatagrams: received and not read. Further ones wait in the kernel's buffer, and are lost when it is full. */
enum { kQueueDatagrams = 16, kDatagramBytes = 9216, kHighestPort = 65535, kMulticastDNS = 5353 };

enum { kOnReadable };

typedef struct Datagram {
    struct Datagram *next;
    struct sockaddr_in from;
    size_t length;
    uint8_t bytes[];
} Datagram;

typedef struct UDP {
    NativeObject base;
    int fd;
    struct in_addr interface; /* address of the multicast interface */
    RunnerWatch *watch;
    Datagram *first;
    Datagram **last;
    int count;
} UDP;

void xs_udp_destructor(void *data);

static const xsHostHooks kHooks = {xs_udp_destructor, native_mark, NULL};

static Datagram *take_first(UDP *udp)
{
    Datagram *datagram = udp->first;

    udp->first = datagram->next;
    if (!udp->first)
        udp->last = &udp->first;
    udp->count--;
    return datagram;
}

void xs_udp_destructor(void *data)
{
    UDP *udp = data;
    if (!udp)
        return;
    runner_unwatch(udp->watch);
    if (udp->fd >= 0)
        close(udp->fd);
    while (udp->first)
        free(take_first(udp));
    native_release(&udp->base);
}

/* Moves one datagram from the kernel into the queue. False: the kernel has no datagram, or it is lost for lack of memory. */
static bool receive(UDP *udp)
{
    uint8_t bytes[kDatagramBytes];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t count = recvfrom(udp->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    Datagram *datagram = count >= 0 ? malloc(sizeof *datagram + (size_t)count) : NULL;

    if (!datagram)
        return false;
    datagram->next = NULL;
    datagram->from = from;
    datagram->length = (size_t)count;
    memcpy(datagram->bytes, bytes, (size_t)count);
    *udp->last = datagram;
    udp->last = &datagram->next;
    udp->count++;
    return true;
}

static void on_receive(xsMachine *the, int events, void *refcon)
{
    UDP *udp = refcon;
    int before = udp->count;

    (void)events;
    while (udp->count < kQueueDatagrams && receive(udp))
        ;
    if (udp->count == kQueueDatagrams)
        runner_watch_set_events(udp->watch, 0);
    if (udp->count > before)
        native_call(the, &udp->base, kOnReadable, udp->count);
}

/* Throws RangeError. */
static struct in_addr read_address(xsMachine *the, xsSlot *slot)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;

    if (xsmcTypeOf(*slot) == xsSymbolType)
        xsTypeError("address: expected a string");
    native_text(the, slot, "address", text, 1, sizeof text);
    if (inet_pton(AF_INET, text, &address) != 1)
        xsRangeError("invalid address");
    return address;
}

static void change_membership(xsMachine *the, UDP *udp, xsSlot *slot, int option)
{
    struct ip_mreq group = {.imr_multiaddr = read_address(the, slot), .imr_interface = udp->interface};
    if (!IN_MULTICAST(ntohl(group.imr_multiaddr.s_addr)))
        xsRangeError("expected a multicast address");
    /* Joining twice and leaving a group that was not joined succeed, as in lwIP. */
    if (setsockopt(udp->fd, IPPROTO_IP, option, &group, sizeof group) && errno != EADDRINUSE && errno != EADDRNOTAVAIL)
        xsUnknownError("multicast group: %s", strerror(errno));
}

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

static int open_socket(xsMachine *the, struct in_addr interface, int port, int time_to_live, bool multicast)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = interface};
    unsigned char ttl = (unsigned char)time_to_live, loop = 1;
    int on = 1, unicast = time_to_live;
    /* A socket bound to the interface's address would not receive datagrams to a group. */
    if (multicast)
        address.sin_addr.s_addr = htonl(INADDR_ANY);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("socket: %s", strerror(errno));
    if (multicast) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        bind_to_interface(the, fd, interface);
    }
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop);
    if (time_to_live > 0) {
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
        setsockopt(fd, IPPROTO_IP, IP_TTL, &unicast, sizeof unicast);
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        close(fd);
        xsUnknownError("UDP port %d: %s", port, strerror(error));
    }
    return fd;
}

void xs_udp(xsMachine *the)
{
    struct in_addr interface = {htonl(INADDR_LOOPBACK)};
    int port = native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0);
    int time_to_live = xsmcHas(xsArg(0), xsID_timeToLive) ? native_integer(the, &xsArg(0), xsID_timeToLive, "timeToLive", 1, 255, 1) : 0;

    if (native_format_option(the))
        xsRangeError("format: expected buffer");
    xsmcVars(2);
    xsmcGet(xsVar(0), xsArg(0), xsID_multicast);
    bool multicast = xsmcTest(xsVar(0));
    xsmcGet(xsVar(1), xsArg(0), xsID_address);
    if (xsmcTest(xsVar(1)))
        interface = read_address(the, &xsVar(1));
    UDP *udp = native_create(the, sizeof *udp, &kHooks);
    udp->fd = -1;
    udp->interface = interface;
    udp->last = &udp->first;
    native_callback(the, &udp->base, kOnReadable, xsID_onReadable, "onReadable");
    native_target(the);
    /* The SDK's DNSSD joins later, by add(): port 5353 is for multicast in any case. */
    udp->fd = open_socket(the, interface, port, time_to_live, multicast || port == kMulticastDNS);
    if (multicast)
        change_membership(the, udp, &xsVar(0), IP_ADD_MEMBERSHIP);
    udp->watch = runner_watch(the, udp->fd, kRunnerReadable, on_receive, udp);
    if (!udp->watch)
        xsUnknownError("no memory");
    native_remember(the, &udp->base);
}

void xs_udp_close(xsMachine *the)
{
    xs_udp_destructor(native_detach(the, &xsThis, &kHooks));
}

void xs_udp_read(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    Datagram *datagram = udp->first;
    char text[INET_ADDRSTRLEN];

    if (!datagram)
        return;
    xsmcVars(1);
    xsmcSetArrayBuffer(xsResult, datagram->bytes, (xsIntegerValue)datagram->length);
    xsmcSetInteger(xsVar(0), ntohs(datagram->from.sin_port));
    xsmcSet(xsResult, xsID_port, xsVar(0));
    xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &datagram->from.sin_addr, text, sizeof text));
    xsmcSet(xsResult, xsID_address, xsVar(0));
    free(take_first(udp));
    runner_watch_set_events(udp->watch, kRunnerReadable);
}

void xs_udp_write(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = read_address(the, &xsArg(1))};
    xsIntegerValue port = xsmcToInteger(xsArg(2));
    void *bytes;
    xsUnsignedValue count;

    if (port < 0 || port > kHighestPort)
        xsRangeError("port: expected 0 to %d", kHighestPort);
    to.sin_port = htons((uint16_t)port);
    xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (sendto(udp->fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
        xsUnknownError("UDP send: %s", strerror(errno));
}

void xs_udp_add(xsMachine *the)
{
    change_membership(the, native_this(the, &kHooks), &xsArg(0), IP_ADD_MEMBERSHIP);
}

void xs_udp_remove(xsMachine *the)
{
    change_membership(the, native_this(the, &kHooks), &xsArg(0), IP_DROP_MEMBERSHIP);
}
