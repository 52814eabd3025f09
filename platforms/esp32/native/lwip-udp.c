/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class UDP of embedded:io/socket/udp, over IPv4. It behaves as the SDK's class, with the option `multicast`, and with an end to what it
 * keeps; see lwip-datagrams.h.
 */

#include "lwip-datagrams.h"

#include <stdlib.h>

#include "options.h"

#include "mc.xs.h"

#include "esp_netif.h"
#include "lwip/ip_addr.h"

/* `kTimeToLive`: where the option is not given, as lwIP has it. */
enum { kAddressText = 16, kPortHighest = 65535, kTimeToLive = 64 };

typedef struct UDP {
    xsSlot object;
    Datagrams *socket; /* NULL: could not be opened */
    xsSlot *onReadable;
} UDP;

void xs_lwip_udp_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    UDP *udp = data;
    if (udp && udp->onReadable)
        (*markRoot)(the, udp->onReadable);
}

static const xsHostHooks kHooks = {xs_lwip_udp_destructor, mark, NULL};

static UDP *validate(xsMachine *the)
{
    UDP *udp = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!udp)
        xsSyntaxError("closed");
    return udp;
}

void xs_lwip_udp_destructor(void *data)
{
    UDP *udp = data;
    if (!udp)
        return;
    if (udp->socket)
        datagrams_close(udp->socket);
    free(udp);
}

/* In the XS task. The call may close the object. */
static void on_received(xsMachine *the, void *owner, uint32_t count)
{
    UDP *udp = owner;
    call_back(the, &udp->object, udp->onReadable, (int)count);
}

static uint32_t read_address(xsMachine *the, xsSlot *slot)
{
    esp_ip4_addr_t address;

    if (esp_netif_str_to_ip4(xsmcToString(*slot), &address) != ESP_OK)
        xsRangeError("invalid IP address");
    return address.addr;
}

static uint32_t read_group(xsMachine *the, xsSlot *slot)
{
    const ip4_addr_t group = {read_address(the, slot)};
    if (!ip4_addr_ismulticast(&group))
        xsRangeError("no multicast group");
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

static DatagramsOptions read_options(xsMachine *the)
{
    DatagramsOptions options = {
        .port = (uint16_t)option_integer(the, xsID_port, "port", 0, kPortHighest, 0),
        .timeToLive = (uint8_t)option_integer(the, xsID_timeToLive, "timeToLive", 1, 255, kTimeToLive),
    };

    xsmcGet(xsVar(0), xsArg(0), xsID_multicast);
    if (xsmcTypeOf(xsVar(0)) != xsUndefinedType)
        options.group = read_group(the, &xsVar(0));
    xsmcGet(xsVar(0), xsArg(0), xsID_format);
    if (option_is_number(the, &xsVar(0)))
        xsRangeError("format: expected buffer");
    if (xsmcHas(xsArg(0), xsID_target)) {
        xsmcGet(xsVar(0), xsArg(0), xsID_target);
        xsmcSet(xsThis, xsID_target, xsVar(0));
    }
    return options;
}

void xs_lwip_udp(xsMachine *the)
{
    xsmcVars(1);
    DatagramsOptions options = read_options(the);
    xsSlot *onReadable = option_callback(the, xsID_onReadable, "onReadable");

    /* Without an interface lwIP may not run yet. */
    if (!esp_netif_get_default_netif())
        xsUnknownError("no network");
    UDP *udp = calloc(1, sizeof(UDP));
    if (!udp)
        xsUnknownError("no memory");
    udp->onReadable = onReadable;
    /* From here on the destructor frees it, also when opening fails. */
    xsmcSetHostData(xsThis, udp);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    esp_err_t error = datagrams_open(&udp->socket, the, &options, udp, on_received);
    if (error == ESP_ERR_INVALID_STATE)
        xsUnknownError("port %d is in use", options.port);
    check(the, error, "no interface to join on");
    udp->object = xsThis;
    xsRemember(udp->object);
}

void xs_lwip_udp_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    UDP *udp = validate(the);
    xsForget(udp->object);
    xsmcSetHostData(xsThis, NULL);
    xs_lwip_udp_destructor(udp);
}

/* An ArrayBuffer with the sender's address and port; undefined when there is none. */
void xs_lwip_udp_read(xsMachine *the)
{
    UDP *udp = validate(the);
    const Datagram *datagram = datagrams_first(udp->socket);
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
    /* Last: where there was no memory for it, it can be read later. */
    datagrams_drop_first(udp->socket);
}

void xs_lwip_udp_write(xsMachine *the)
{
    UDP *udp = validate(the);
    uint32_t address = read_address(the, &xsArg(1));
    xsIntegerValue port = xsmcToInteger(xsArg(2));
    xsUnsignedValue count;
    void *bytes;

    if (port < 1 || port > kPortHighest)
        xsRangeError("invalid port");
    xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (count > kDatagramHighest)
        xsRangeError("too long: a datagram has at most %d bytes", kDatagramHighest);
    check(the, datagrams_send(udp->socket, bytes, count, address, (uint16_t)port), "no interface to send on");
}

void xs_lwip_udp_add(xsMachine *the)
{
    UDP *udp = validate(the);
    check(the, datagrams_join(udp->socket, read_group(the, &xsArg(0))), "no interface to join on");
}

void xs_lwip_udp_remove(xsMachine *the)
{
    UDP *udp = validate(the);
    datagrams_leave(udp->socket, read_group(the, &xsArg(0)));
}
