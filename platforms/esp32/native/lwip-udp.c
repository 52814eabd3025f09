/* SPDX-License-Identifier: Apache-2.0 */

/* Class UDP of embedded:io/socket/udp over IPv4: the SDK's class, plus the option `multicast` and a bounded queue; see lwip-udp-socket.h. */

#include "lwip-udp-socket.h"

#include "native-class.h"

#include "mc.xs.h"

#include "esp_netif.h"
#include "lwip/ip_addr.h"

/* kTimeToLive: lwIP's default, if the option is missing. */
enum { kAddressText = 16, kPortHighest = 65535, kTimeToLive = 64 };

enum { kOnReadable };

typedef struct UDP {
    NativeObject base;
    UdpSocket *socket; /* NULL: the constructor failed */
} UDP;

void xs_udp_destructor(void *data);

static const xsHostHooks kHooks = {xs_udp_destructor, native_mark, NULL};

void xs_udp_destructor(void *data)
{
    UDP *udp = data;
    if (!udp)
        return;
    if (udp->socket)
        udp_socket_close(udp->socket);
    native_release(&udp->base);
}

/* In the XS task. The callback may close the object. */
static void on_received(xsMachine *the, void *owner, uint32_t count)
{
    UDP *udp = owner;
    native_call(the, &udp->base, kOnReadable, (int)count);
}

static uint32_t read_address(xsMachine *the, xsSlot *slot)
{
    esp_ip4_addr_t address;

    if (esp_netif_str_to_ip4(xsmcToString(*slot), &address) != ESP_OK)
        xsRangeError("expected an IPv4 address");
    return address.addr;
}

static uint32_t read_group(xsMachine *the, xsSlot *slot)
{
    const ip4_addr_t group = {read_address(the, slot)};
    if (!ip4_addr_ismulticast(&group))
        xsRangeError("expected a multicast address");
    return group.addr;
}

static void check(xsMachine *the, esp_err_t error, const char *missing)
{
    if (error == ESP_ERR_NO_MEM)
        xsUnknownError("no memory");
    if (error == ESP_ERR_NOT_FOUND)
        xsUnknownError("%s", missing);
    if (error != ESP_OK)
        xsUnknownError("UDP: %s", esp_err_to_name(error));
}

static UdpSocketOptions read_options(xsMachine *the)
{
    UdpSocketOptions options = {
        .port = (uint16_t)native_integer(the, &xsArg(0), xsID_port, "port", 0, kPortHighest, 0),
        .timeToLive = (uint8_t)native_integer(the, &xsArg(0), xsID_timeToLive, "timeToLive", 1, 255, kTimeToLive),
    };

    xsmcGet(xsVar(0), xsArg(0), xsID_multicast);
    if (xsmcTypeOf(xsVar(0)) != xsUndefinedType)
        options.group = read_group(the, &xsVar(0));
    if (native_format_option(the))
        xsRangeError("format: expected buffer");
    native_target(the);
    return options;
}

void xs_udp(xsMachine *the)
{
    xsmcVars(1);
    UdpSocketOptions options = read_options(the);

    /* Without an interface lwIP may not run yet. */
    if (!esp_netif_get_default_netif())
        xsUnknownError("no network");
    UDP *udp = native_create(the, sizeof *udp, &kHooks);
    native_callback(the, &udp->base, kOnReadable, xsID_onReadable, "onReadable");
    esp_err_t error = udp_socket_open(&udp->socket, the, &options, udp, on_received);
    if (error == ESP_ERR_INVALID_STATE)
        xsUnknownError("port %d is in use", options.port);
    check(the, error, "no interface to join on");
    native_remember(the, &udp->base);
}

void xs_udp_close(xsMachine *the)
{
    xs_udp_destructor(native_detach(the, &xsThis, &kHooks));
}

/* Returns an ArrayBuffer with the sender's address and port, or undefined. */
void xs_udp_read(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    const Datagram *datagram = udp_socket_first(udp->socket);
    char text[kAddressText];

    if (!datagram)
        return;
    const esp_ip4_addr_t address = {datagram->address};
    xsmcVars(1);
    xsmcSetArrayBuffer(xsResult, (void *)datagram->bytes, datagram->length);
    xsmcSetInteger(xsVar(0), datagram->port);
    xsmcSet(xsResult, xsID_port, xsVar(0));
    xsmcSetString(xsVar(0), esp_ip4addr_ntoa(&address, text, sizeof text));
    xsmcSet(xsResult, xsID_address, xsVar(0));
    /* Last: if XS is out of memory above, the datagram stays readable. */
    udp_socket_drop_first(udp->socket);
}

void xs_udp_write(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    uint32_t address = read_address(the, &xsArg(1));
    xsIntegerValue port = xsmcToInteger(xsArg(2));
    xsUnsignedValue count;
    void *bytes;

    if (port < 1 || port > kPortHighest)
        xsRangeError("port: expected 1 to %d", kPortHighest);
    xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (count > kDatagramHighest)
        xsRangeError("datagram: expected at most %d bytes", kDatagramHighest);
    check(the, udp_socket_send(udp->socket, bytes, count, address, (uint16_t)port), "no interface to send on");
}

void xs_udp_add(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    check(the, udp_socket_join(udp->socket, read_group(the, &xsArg(0))), "no interface to join on");
}

void xs_udp_remove(xsMachine *the)
{
    UDP *udp = native_this(the, &kHooks);
    udp_socket_leave(udp->socket, read_group(the, &xsArg(0)));
}
