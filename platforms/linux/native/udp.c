/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/socket/udp over IPv4, with the option `multicast` and the methods add() and remove() of platforms/esp32.
 * Multicast uses the interface with the address given as option `address`, or loopback.
 */

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "linux-udp-socket.h"
#include "mc.xs.h"
#include "native-class.h"
#include "runner.h"

/* kQueueDatagrams: received and not read. Further ones wait in the socket's buffer, and are lost when it is full. */
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
    UdpSocket *socket;
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
    udp_socket_close(udp->socket);
    while (udp->first)
        free(take_first(udp));
    native_release(&udp->base);
}

/* Moves one datagram into the queue. False: none waits, or it is lost for lack of memory. */
static bool receive(UDP *udp)
{
    uint8_t bytes[kDatagramBytes];
    struct sockaddr_in from;
    ssize_t count = udp_socket_receive(udp->socket, bytes, sizeof bytes, &from);
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
        udp_socket_watch(the, udp->socket, false, on_receive, udp);
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

static void change_membership(xsMachine *the, UDP *udp, xsSlot *slot, bool join)
{
    struct in_addr group = read_address(the, slot);
    if (!IN_MULTICAST(ntohl(group.s_addr)))
        xsRangeError("expected a multicast address");
    int error = udp_socket_join(udp->socket, group, join);
    if (error)
        xsUnknownError("multicast group: %s", strerror(error));
}

void xs_udp(xsMachine *the)
{
    UdpSocketOptions options = {.interface = {htonl(INADDR_LOOPBACK)}};

    options.port = native_integer(the, &xsArg(0), xsID_port, "port", 0, kHighestPort, 0);
    if (xsmcHas(xsArg(0), xsID_timeToLive))
        options.time_to_live = native_integer(the, &xsArg(0), xsID_timeToLive, "timeToLive", 1, 255, 1);
    if (native_format_option(the))
        xsRangeError("format: expected buffer");
    xsmcVars(2);
    xsmcGet(xsVar(0), xsArg(0), xsID_multicast);
    bool multicast = xsmcTest(xsVar(0));
    xsmcGet(xsVar(1), xsArg(0), xsID_address);
    if (xsmcTest(xsVar(1)))
        options.interface = read_address(the, &xsVar(1));
    /* The SDK's DNSSD joins later, by add(): port 5353 is for multicast in any case. */
    options.multicast = multicast || options.port == kMulticastDNS;
    UDP *udp = native_create(the, sizeof *udp, &kHooks);
    udp->last = &udp->first;
    native_callback(the, &udp->base, kOnReadable, xsID_onReadable, "onReadable");
    native_target(the);
    udp->socket = udp_socket_open(the, options);
    if (multicast)
        change_membership(the, udp, &xsVar(0), true);
    if (!udp_socket_watch(the, udp->socket, true, on_receive, udp))
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
    udp_socket_watch(the, udp->socket, true, on_receive, udp);
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
    int error = udp_socket_send(udp->socket, bytes, count, &to);
    if (error)
        xsUnknownError("UDP send: %s", strerror(error));
}

void xs_udp_add(xsMachine *the)
{
    change_membership(the, native_this(the, &kHooks), &xsArg(0), true);
}

void xs_udp_remove(xsMachine *the)
{
    change_membership(the, native_this(the, &kHooks), &xsArg(0), false);
}
