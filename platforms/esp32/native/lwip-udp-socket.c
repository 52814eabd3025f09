/* SPDX-License-Identifier: Apache-2.0 */

#include "lwip-udp-socket.h"

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
    /* Limits of the receive queue. Datagrams above them are dropped, so a flood cannot take the camera's memory. */
    kQueueDatagrams = 16,
    kQueueBytes = 8192,
    kGroups = 4,
    /* Event of the notifier. */
    kReceived = 1,
};

struct UdpSocket {
    Notifier notifier;
    /* XS task. */
    void *owner;
    void (*on_received)(xsMachine *the, void *owner, uint32_t count);
    /* lwIP's task. */
    struct udp_pcb *pcb;
    ip4_addr_t groups[kGroups]; /* joined; 0: none */
    /* Under gLock: lwIP's task appends, the XS task takes from the front. */
    Datagram *first;
    Datagram **last;
    uint32_t count;
    uint32_t bytes;
};

static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;

/* Every interface, with or without an address. An interface that gets its address later reports its groups itself. */
static const ip4_addr_t kEveryInterface = {0};

static bool fits(UdpSocket *socket, uint32_t length)
{
    taskENTER_CRITICAL(&gLock);
    bool result = socket->count < kQueueDatagrams && socket->bytes + length <= kQueueBytes;
    taskEXIT_CRITICAL(&gLock);
    return result;
}

static void push(UdpSocket *socket, Datagram *datagram)
{
    taskENTER_CRITICAL(&gLock);
    *socket->last = datagram;
    socket->last = &datagram->next;
    socket->count++;
    socket->bytes += datagram->length;
    taskEXIT_CRITICAL(&gLock);
}

static Datagram *pop(UdpSocket *socket)
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

/* In lwIP's task. Frees the pbuf at once: the WiFi driver has few of them for receiving. */
static void on_receive(void *argument, struct udp_pcb *pcb, struct pbuf *packet, const ip_addr_t *address, u16_t port)
{
    UdpSocket *socket = argument;
    Datagram *datagram = fits(socket, packet->tot_len) ? copy(packet, address, port) : NULL;

    (void)pcb;
    pbuf_free(packet); /* which `address` may point into */
    if (!datagram)
        return;
    push(socket, datagram);
    notifier_post(&socket->notifier, kReceived);
}

static void on_posted(xsMachine *the, void *context, uint32_t events)
{
    UdpSocket *socket = context;

    (void)events;
    taskENTER_CRITICAL(&gLock);
    uint32_t count = socket->count;
    taskEXIT_CRITICAL(&gLock);
    if (count > 0)
        socket->on_received(the, socket->owner, count);
}

typedef struct Request {
    UdpSocket *socket;
    const UdpSocketOptions *options;
    const void *bytes;
    size_t count;
    uint32_t address;
    uint16_t port;
} Request;

static ip4_addr_t *find_group(UdpSocket *socket, uint32_t address)
{
    for (size_t i = 0; i < kGroups; i++)
        if (socket->groups[i].addr == address)
            return &socket->groups[i];
    return NULL;
}

static esp_err_t do_join(void *context)
{
    Request *request = context;
    const ip4_addr_t group = {request->address};

    if (find_group(request->socket, group.addr))
        return ESP_OK;
    ip4_addr_t *place = find_group(request->socket, 0);
    if (!place)
        return ESP_ERR_NO_MEM;
    err_t error = igmp_joingroup(&kEveryInterface, &group);
    if (error != ERR_OK) {
        /* It may have joined on some interfaces before it failed on one. */
        igmp_leavegroup(&kEveryInterface, &group);
        return error == ERR_MEM ? ESP_ERR_NO_MEM : ESP_ERR_NOT_FOUND;
    }
    *place = group;
    return ESP_OK;
}

static esp_err_t do_leave(void *context)
{
    Request *request = context;
    ip4_addr_t *group = find_group(request->socket, request->address);

    if (group) {
        igmp_leavegroup(&kEveryInterface, group);
        group->addr = 0;
    }
    return ESP_OK;
}

static esp_err_t do_close(void *context)
{
    UdpSocket *socket = context;

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
    Request *request = context;
    UdpSocket *socket = request->socket;
    struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V4);

    if (!pcb)
        return ESP_ERR_NO_MEM;
    socket->pcb = pcb;
    if (udp_bind(pcb, IP4_ADDR_ANY, request->options->port) != ERR_OK)
        return ESP_ERR_INVALID_STATE;
    pcb->ttl = request->options->timeToLive;
    udp_set_multicast_ttl(pcb, request->options->timeToLive);
    /*
     * No interface is set for multicast, so the default one sends it: the camera is an access point or a station, and the IDF makes the
     * interface that is up the default. mDNS answers contain that interface's address, so no other may send them.
     */
    udp_recv(pcb, on_receive, socket);
    request->address = request->options->group;
    return request->address ? do_join(request) : ESP_OK;
}

esp_err_t udp_socket_open(UdpSocket **result, xsMachine *the, const UdpSocketOptions *options, void *owner,
                         void (*on_received)(xsMachine *the, void *owner, uint32_t count))
{
    UdpSocket *socket = notifier_allocate(sizeof(UdpSocket));
    Request request = {.socket = socket, .options = options};

    if (!socket)
        return ESP_ERR_NO_MEM;
    notifier_init(&socket->notifier, the, socket, on_posted);
    socket->owner = owner;
    socket->on_received = on_received;
    socket->last = &socket->first;
    esp_err_t error = esp_netif_tcpip_exec(do_open, &request);
    if (error == ESP_OK)
        *result = socket;
    else
        udp_socket_close(socket);
    return error;
}

const Datagram *udp_socket_first(UdpSocket *socket)
{
    taskENTER_CRITICAL(&gLock);
    const Datagram *datagram = socket->first;
    taskEXIT_CRITICAL(&gLock);
    return datagram;
}

void udp_socket_drop_first(UdpSocket *socket)
{
    heap_caps_free(pop(socket));
}

static esp_err_t do_send(void *context)
{
    Request *request = context;
    ip_addr_t address;
    struct pbuf *packet = pbuf_alloc(PBUF_TRANSPORT, (u16_t)request->count, PBUF_RAM);

    if (!packet)
        return ESP_ERR_NO_MEM;
    pbuf_take(packet, request->bytes, (u16_t)request->count);
    ip_addr_set_ip4_u32_val(address, request->address);
    err_t error = udp_sendto(request->socket->pcb, packet, &address, request->port);
    pbuf_free(packet);
    switch (error) {
    case ERR_OK:
        return ESP_OK;
    case ERR_MEM:
    case ERR_BUF: /* the driver has no buffer */
        return ESP_ERR_NO_MEM;
    case ERR_RTE:
        return ESP_ERR_NOT_FOUND;
    default:
        return ESP_FAIL;
    }
}

esp_err_t udp_socket_send(UdpSocket *socket, const void *bytes, size_t count, uint32_t address, uint16_t port)
{
    Request request = {.socket = socket, .bytes = bytes, .count = count, .address = address, .port = port};
    /* lwIP's task copies the bytes while XS waits, so the garbage collector cannot move them. */
    return esp_netif_tcpip_exec(do_send, &request);
}

esp_err_t udp_socket_join(UdpSocket *socket, uint32_t group)
{
    Request request = {.socket = socket, .address = group};
    return esp_netif_tcpip_exec(do_join, &request);
}

void udp_socket_leave(UdpSocket *socket, uint32_t group)
{
    Request request = {.socket = socket, .address = group};
    esp_netif_tcpip_exec(do_leave, &request);
}

void udp_socket_close(UdpSocket *socket)
{
    socket->notifier.silent = true;
    esp_netif_tcpip_exec(do_close, socket);
    while (udp_socket_first(socket))
        udp_socket_drop_first(socket);
    notifier_release(&socket->notifier);
}
