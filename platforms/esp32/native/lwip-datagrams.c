/* SPDX-License-Identifier: Apache-2.0 */

#include "lwip-datagrams.h"

#include <stdbool.h>

#include "notifier.h"

#include "esp_heap_caps.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "lwip/igmp.h"
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/udp.h"

enum {
    /* What waits to be read: more is lost, as datagrams may be, so that whoever floods the camera takes none of its memory. */
    kDatagrams = 16,
    kBytes = 8192,
    kGroups = 4,
    /* Event of the notifier. */
    kReceived = 1,
};

struct Datagrams {
    Notifier notifier;
    /* XS task. */
    void *owner;
    void (*answer)(xsMachine *the, void *owner, uint32_t count);
    /* lwIP's task. */
    struct udp_pcb *pcb;
    ip4_addr_t groups[kGroups]; /* joined; 0: none */
    /* Both, under gLock: lwIP's task appends, the XS task takes from the front. */
    Datagram *first;
    Datagram **last;
    uint32_t count;
    uint32_t bytes;
};

static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;

/* Stands for every interface there is, with an address or without: one that gets its address later reports its groups by itself. */
static const ip4_addr_t kEveryInterface = {0};

static bool fits(Datagrams *socket, uint32_t length)
{
    taskENTER_CRITICAL(&gLock);
    bool result = socket->count < kDatagrams && socket->bytes + length <= kBytes;
    taskEXIT_CRITICAL(&gLock);
    return result;
}

static void push(Datagrams *socket, Datagram *datagram)
{
    taskENTER_CRITICAL(&gLock);
    *socket->last = datagram;
    socket->last = &datagram->next;
    socket->count++;
    socket->bytes += datagram->length;
    taskEXIT_CRITICAL(&gLock);
}

static Datagram *pop(Datagrams *socket)
{
    taskENTER_CRITICAL(&gLock);
    Datagram *datagram = socket->first;
    if (datagram) {
        socket->first = datagram->next;
        if (!socket->first)
            socket->last = &socket->first;
        socket->count--;
        socket->bytes -= datagram->length;
    }
    taskEXIT_CRITICAL(&gLock);
    return datagram;
}

static Datagram *copy(const struct pbuf *packet, const ip_addr_t *address, u16_t port)
{
    /* In PSRAM: internal RAM is for WiFi. */
    Datagram *datagram = heap_caps_malloc(sizeof(Datagram) + packet->tot_len, MALLOC_CAP_SPIRAM | MALLOC_CAP_8BIT);

    if (!datagram)
        return NULL;
    datagram->next = NULL;
    datagram->address = ip_2_ip4(address)->addr;
    datagram->port = port;
    datagram->length = packet->tot_len;
    pbuf_copy_partial(packet, datagram->bytes, packet->tot_len, 0);
    return datagram;
}

/* In lwIP's task. The packet goes back at once: it is one of the few that the WiFi driver has for receiving. */
static void on_receive(void *argument, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *address, u16_t port)
{
    Datagrams *socket = argument;
    Datagram *datagram = fits(socket, packet->tot_len) ? copy(packet, address, port) : NULL;

    (void)pcb;
    pbuf_free(packet); /* which `address` may point into */
    if (!datagram)
        return;
    push(socket, datagram);
    notifier_post(&socket->notifier, kReceived);
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    Datagrams *socket = owner;

    (void)events;
    taskENTER_CRITICAL(&gLock);
    uint32_t count = socket->count;
    taskEXIT_CRITICAL(&gLock);
    if (count > 0)
        socket->answer(the, socket->owner, count);
}

typedef struct Order {
    Datagrams *socket;
    const DatagramsOptions *options;
    const void *bytes;
    size_t count;
    uint32_t address;
    uint16_t port;
} Order;

static ip4_addr_t *find_group(Datagrams *socket, uint32_t address)
{
    for (size_t i = 0; i < kGroups; i++)
        if (socket->groups[i].addr == address)
            return &socket->groups[i];
    return NULL;
}

static esp_err_t do_join(void *context)
{
    Order *order = context;
    const ip4_addr_t group = {order->address};

    if (find_group(order->socket, group.addr))
        return ESP_OK;
    ip4_addr_t *place = find_group(order->socket, 0);
    if (!place)
        return ESP_ERR_NO_MEM;
    err_t error = igmp_joingroup(&kEveryInterface, &group);
    if (error != ERR_OK) {
        /* It may have joined on some interfaces before it failed on another. */
        igmp_leavegroup(&kEveryInterface, &group);
        return error == ERR_MEM ? ESP_ERR_NO_MEM : ESP_ERR_NOT_FOUND;
    }
    *place = group;
    return ESP_OK;
}

static esp_err_t do_leave(void *context)
{
    Order *order = context;
    ip4_addr_t *group = find_group(order->socket, order->address);

    if (group) {
        igmp_leavegroup(&kEveryInterface, group);
        group->addr = 0;
    }
    return ESP_OK;
}

static esp_err_t do_close(void *context)
{
    Datagrams *socket = context;

    for (size_t i = 0; i < kGroups; i++)
        if (socket->groups[i].addr)
            igmp_leavegroup(&kEveryInterface, &socket->groups[i]);
    if (socket->pcb)
        udp_remove(socket->pcb);
    socket->pcb = NULL;
    return ESP_OK;
}

static esp_err_t do_open(void *context)
{
    Order *order = context;
    Datagrams *socket = order->socket;
    struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V4);

    if (!pcb)
        return ESP_ERR_NO_MEM;
    socket->pcb = pcb;
    if (udp_bind(pcb, IP4_ADDR_ANY, order->options->port) != ERR_OK)
        return ESP_ERR_INVALID_STATE;
    pcb->ttl = order->options->timeToLive;
    udp_set_multicast_ttl(pcb, order->options->timeToLive);
    /*
     * No interface is set for multicast, so that it leaves by the default one: the camera is an access point or a station, and the IDF
     * makes the one that is up the default. Elsewhere what mDNS says would be wrong: the address in it is that interface's.
     */
    udp_recv(pcb, on_receive, socket);
    order->address = order->options->group;
    return order->address ? do_join(order) : ESP_OK;
}

esp_err_t datagrams_open(Datagrams **result, xsMachine *the, const DatagramsOptions *options, void *owner,
                         void (*told)(xsMachine *the, void *owner, uint32_t count))
{
    Datagrams *socket = notifier_allocate(sizeof(Datagrams));
    Order order = {.socket = socket, .options = options};

    if (!socket)
        return ESP_ERR_NO_MEM;
    notifier_init(&socket->notifier, the, socket, on_posted);
    socket->owner = owner;
    socket->answer = told;
    socket->last = &socket->first;
    esp_err_t error = esp_netif_tcpip_exec(do_open, &order);
    if (error == ESP_OK)
        *result = socket;
    else
        datagrams_close(socket);
    return error;
}

const Datagram *datagrams_first(Datagrams *socket)
{
    taskENTER_CRITICAL(&gLock);
    const Datagram *datagram = socket->first;
    taskEXIT_CRITICAL(&gLock);
    return datagram;
}

void datagrams_drop_first(Datagrams *socket)
{
    heap_caps_free(pop(socket));
}

static esp_err_t do_send(void *context)
{
    Order *order = context;
    ip_addr_t address;
    struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, (u16_t)order->count, PBUF_RAM);

    if (!packet)
        return ESP_ERR_NO_MEM;
    pbuf_take(packet, order->bytes, (u16_t)order->count);
    ip_addr_set_ip4_u32_val(address, order->address);
    err_t error = udp_sendto(order->socket->pcb, packet, &address, order->port);
    pbuf_free(packet);
    switch (error) {
    case ERR_OK:
        return ESP_OK;
    case ERR_MEM:
    case ERR_BUF: /* the driver has none */
        return ESP_ERR_NO_MEM;
    case ERR_RTE:
        return ESP_ERR_NOT_FOUND;
    default:
        return ESP_FAIL;
    }
}

esp_err_t datagrams_send(Datagrams *socket, const void *bytes, size_t count, uint32_t address, uint16_t port)
{
    Order order = {.socket = socket, .bytes = bytes, .count = count, .address = address, .port = port};
    /* Copied there while this task waits here: nothing moves the bytes meanwhile. */
    return esp_netif_tcpip_exec(do_send, &order);
}

esp_err_t datagrams_join(Datagrams *socket, uint32_t group)
{
    Order order = {.socket = socket, .address = group};
    return esp_netif_tcpip_exec(do_join, &order);
}

void datagrams_leave(Datagrams *socket, uint32_t group)
{
    Order order = {.socket = socket, .address = group};
    esp_netif_tcpip_exec(do_leave, &order);
}

void datagrams_close(Datagrams *socket)
{
    socket->notifier.silent = true;
    esp_netif_tcpip_exec(do_close, socket);
    while (datagrams_first(socket))
        datagrams_drop_first(socket);
    notifier_release(&socket->notifier);
}
