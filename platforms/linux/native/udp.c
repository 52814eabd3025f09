/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/socket/udp, IPv4, with the add() and remove() of multicast groups that the SDK's lwIP class has.
 * Multicast uses the interface that has the option `address`, loopback without it, and reaches sockets of this computer too;
 * the port is shared, so that the firmware and another mDNS responder can both have 5353.
 */

/* getifaddrs(); the SDK does not ask for more than POSIX. */
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

#include "runner.h"
#include "io.h"
#include "mc.xs.h"

/* Packets received and not yet read; further ones wait in the kernel's buffer, and are lost when that is full. */
enum { kPackets = 16, kPacketBytes = 9216 };

typedef struct Packet {
    struct Packet *next;
    struct sockaddr_in from;
    size_t length;
    uint8_t bytes[];
} Packet;

typedef struct {
    xsSlot object;
    int fd;
    struct in_addr interface; /* its address */
    RunnerWatch *watch;
    Packet *first;
    Packet **last;
    int count;
    xsSlot *onReadable;
} UDP;

void xs_udp_destructor(void *data);

static void markUDP(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    UDP *udp = data;
    if (udp->onReadable)
        (*markRoot)(the, udp->onReadable);
}

static const xsHostHooks gHooks = {xs_udp_destructor, markUDP, NULL};

void xs_udp_destructor(void *data)
{
    UDP *udp = data;
    if (!udp)
        return;
    runner_unwatch(udp->watch);
    if (udp->fd >= 0)
        close(udp->fd);
    while (udp->first) {
        Packet *packet = udp->first;
        udp->first = packet->next;
        free(packet);
    }
    free(udp);
}

static UDP *validate(xsMachine *the)
{
    UDP *udp = xsmcGetHostDataValidate(xsThis, (void *)&gHooks);
    if (!udp)
        xsSyntaxError("closed");
    return udp;
}

/* One packet from the kernel into the queue. False: none is there, or no memory (it is lost then, as packets are). */
static bool receive(UDP *udp)
{
    uint8_t bytes[kPacketBytes];
    struct sockaddr_in from;
    socklen_t length = sizeof from;
    ssize_t count = recvfrom(udp->fd, bytes, sizeof bytes, 0, (struct sockaddr *)&from, &length);
    Packet *packet = count >= 0 ? malloc(sizeof *packet + (size_t)count) : NULL;
    if (!packet)
        return false;
    packet->next = NULL;
    packet->from = from;
    packet->length = (size_t)count;
    memcpy(packet->bytes, bytes, (size_t)count);
    *udp->last = packet;
    udp->last = &packet->next;
    udp->count++;
    return true;
}

static void onPacket(xsMachine *the, int events, void *refcon)
{
    UDP *udp = refcon;
    int before = udp->count;
    (void)events;
    while (udp->count < kPackets && receive(udp))
        ;
    if (udp->count == kPackets)
        runner_watch_set_events(udp->watch, 0);
    if (udp->count > before)
        ioCall(the, &udp->object, udp->onReadable, udp->count);
}

/* Reads an address in a slot; throws RangeError. */
static struct in_addr readAddress(xsMachine *the, xsSlot *slot)
{
    char text[INET_ADDRSTRLEN];
    struct in_addr address;
    if (fxTypeOf(the, slot) == xsSymbolType)
        xsTypeError("invalid address");
    ioText(the, slot, text, sizeof text, "invalid address");
    if (inet_pton(AF_INET, text, &address) != 1)
        xsRangeError("invalid address");
    return address;
}

static void changeMembership(xsMachine *the, UDP *udp, xsSlot *slot, int option)
{
    struct ip_mreq group = {.imr_multiaddr = readAddress(the, slot), .imr_interface = udp->interface};
    if (!IN_MULTICAST(ntohl(group.imr_multiaddr.s_addr)))
        xsRangeError("not a multicast address");
    /* Joining twice and leaving what was not joined are no errors, as in lwIP. */
    if (setsockopt(udp->fd, IPPROTO_IP, option, &group, sizeof group) && errno != EADDRINUSE && errno != EADDRNOTAVAIL)
        xsUnknownError("multicast group: %s", strerror(errno));
}

static bool hasAddress(const struct ifaddrs *interface, struct in_addr address, bool inNetwork)
{
    if (!interface->ifa_addr || interface->ifa_addr->sa_family != AF_INET || !interface->ifa_netmask)
        return false;
    in_addr_t own = ((const struct sockaddr_in *)interface->ifa_addr)->sin_addr.s_addr;
    in_addr_t mask = inNetwork ? ((const struct sockaddr_in *)interface->ifa_netmask)->sin_addr.s_addr : INADDR_BROADCAST;
    return ((own ^ address.s_addr) & mask) == 0;
}

/* Writes the name of the interface that has the address, or of the loopback interface for one of its network's. False: none has. */
static bool findInterface(struct in_addr address, char *name)
{
    struct ifaddrs *all, *found = NULL;

    if (getifaddrs(&all))
        return false;
    for (struct ifaddrs *one = all; one && !found; one = one->ifa_next)
        if (hasAddress(one, address, one->ifa_flags & IFF_LOOPBACK))
            found = one;
    if (found) {
        snprintf(name, IFNAMSIZ, "%s", found->ifa_name);
        name[strcspn(name, ":")] = 0; /* a second address of eth0 may be labelled eth0:1 */
    }
    freeifaddrs(all);
    return found;
}

/*
 * Sockets that share a port, one for each interface, would get what comes by the others: packets of groups that any of them has joined, and
 * any packet to one address, as the kernel distributes them. Called before bind(), so that they are distributed among those of one interface.
 */
static void bindToInterface(xsMachine *the, int fd, struct in_addr address)
{
    char name[IFNAMSIZ], text[INET_ADDRSTRLEN];
    int error;

    inet_ntop(AF_INET, &address, text, sizeof text);
    if (!findInterface(address, name)) {
        close(fd);
        xsUnknownError("no interface has the address %s", text);
    }
    if (!setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, (socklen_t)strlen(name) + 1))
        return;
    error = errno;
    /* Before Linux 5.7 only root may. The camera that is on no other interface does without. */
    if (error == EPERM && ntohl(address.s_addr) >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET)
        return;
    close(fd);
    xsUnknownError("interface %s: %s", name, strerror(error));
}

static int openSocket(xsMachine *the, struct in_addr interface, int port, int timeToLive, bool multicast)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr = interface};
    unsigned char ttl = (unsigned char)timeToLive, loop = 1;
    int on = 1, unicast = timeToLive;
    /* A socket that is bound to the interface's address would receive nothing that is sent to a group. */
    if (multicast)
        address.sin_addr.s_addr = htonl(INADDR_ANY);
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("no socket: %s", strerror(errno));
    if (multicast) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
        bindToInterface(the, fd, interface);
    }
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_LOOP, &loop, sizeof loop);
    if (timeToLive > 0) {
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_TTL, &ttl, sizeof ttl);
        setsockopt(fd, IPPROTO_IP, IP_TTL, &unicast, sizeof unicast);
    }
    if (bind(fd, (struct sockaddr *)&address, sizeof address)) {
        int error = errno;
        close(fd);
        xsUnknownError("bind failed: UDP port %d: %s", port, strerror(error));
    }
    return fd;
}

void xs_udp_constructor(xsMachine *the)
{
    int port = ioInteger(the, xsID_port, 0, 65535, 0, "invalid port");
    int timeToLive = ioInteger(the, xsID_timeToLive, 1, 255, 0, "invalid timeToLive");
    xsSlot *onReadable = ioCallback(the, xsID_onReadable);
    if (ioFormatOption(the) != kIOBuffer)
        xsRangeError("invalid format");
    xsmcVars(2);
    xsmcGet(xsVar(0), xsArg(0), xsID_multicast);
    bool multicast = xsmcTest(xsVar(0));
    struct in_addr interface = {htonl(INADDR_LOOPBACK)};
    xsmcGet(xsVar(1), xsArg(0), xsID_address);
    if (xsmcTest(xsVar(1)))
        interface = readAddress(the, &xsVar(1));
    ioTarget(the);
    UDP *udp = calloc(1, sizeof *udp);
    if (!udp)
        xsRangeError("no memory");
    udp->fd = -1;
    udp->interface = interface;
    udp->last = &udp->first;
    udp->onReadable = onReadable;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, udp);
    xsSetHostHooks(xsThis, (xsHostHooks *)&gHooks);
    /* The SDK's DNSSD joins by add(), later: port 5353 is for multicast in any case. */
    udp->fd = openSocket(the, interface, port, timeToLive, multicast || port == 5353);
    if (multicast)
        changeMembership(the, udp, &xsVar(0), IP_ADD_MEMBERSHIP);
    udp->watch = runner_watch(the, udp->fd, kRunnerReadable, onPacket, udp);
    if (!udp->watch)
        xsRangeError("no memory");
    udp->object = xsThis;
    xsRemember(udp->object);
}

void xs_udp_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    UDP *udp = validate(the);
    xsForget(udp->object);
    xsmcSetHostData(xsThis, NULL);
    xs_udp_destructor(udp);
}

void xs_udp_read(xsMachine *the)
{
    UDP *udp = validate(the);
    Packet *packet = udp->first;
    char text[INET_ADDRSTRLEN];
    if (!packet)
        return;
    xsmcVars(1);
    xsmcSetArrayBuffer(xsResult, packet->bytes, (xsIntegerValue)packet->length);
    xsmcSetInteger(xsVar(0), ntohs(packet->from.sin_port));
    xsmcSet(xsResult, xsID_port, xsVar(0));
    xsmcSetString(xsVar(0), (char *)inet_ntop(AF_INET, &packet->from.sin_addr, text, sizeof text));
    xsmcSet(xsResult, xsID_address, xsVar(0));
    udp->first = packet->next;
    if (!udp->first)
        udp->last = &udp->first;
    udp->count--;
    free(packet);
    runner_watch_set_events(udp->watch, kRunnerReadable);
}

void xs_udp_write(xsMachine *the)
{
    UDP *udp = validate(the);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr = readAddress(the, &xsArg(1))};
    xsIntegerValue port = xsmcToInteger(xsArg(2));
    void *bytes;
    xsUnsignedValue count;
    if (port < 0 || port > 65535)
        xsRangeError("invalid port");
    to.sin_port = htons((uint16_t)port);
    xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (sendto(udp->fd, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
        xsUnknownError("UDP send failed: %s", strerror(errno));
}

void xs_udp_add(xsMachine *the)
{
    changeMembership(the, validate(the), &xsArg(0), IP_ADD_MEMBERSHIP);
}

void xs_udp_remove(xsMachine *the)
{
    changeMembership(the, validate(the), &xsArg(0), IP_DROP_MEMBERSHIP);
}
