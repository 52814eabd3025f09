/* SPDX-License-Identifier: Apache-2.0 */
#include "network.h"

#include <stdlib.h>
#include <string.h>

#include "../../harness.h"
#include "../fake-chip.h"
#include "../fake-timer.h"
#include "lwip/igmp.h"
#include "lwip/inet_chksum.h"
#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/mem.h"
#include "lwip/netif.h"
#include "lwip/prot/udp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/timeouts.h"

enum { kHeaders = 40, kSecond = 1000, kLongestSeconds = 600, kDelay = 5 };

typedef struct Packet {
    struct Packet *next;
    uint32_t due;
    size_t count;
    uint8_t bytes[];
} Packet;

Wire network_wire;
int network_memory = -1;
size_t network_blocks;
Sent network_sent;
size_t network_datagrams;
err_t network_output_error;
bool network_unreachable;
static uint32_t now;
static Random luck;
static struct netif camera_side, client_side;
static struct {
    Packet *first;
    Packet **last;
} under_way[kDirections];

/* Replace functions of the library: clock, routing, memory, and the check that the caller is lwIP's task. */

u32_t sys_now(void)
{
    return now;
}

struct netif *ip4_route(const ip4_addr_t *destination)
{
    if (network_unreachable)
        return NULL;
    return ip4_addr_cmp(destination, netif_ip4_addr(&camera_side)) ? &client_side : &camera_side;
}

void *mem_malloc(mem_size_t size)
{
    if (network_memory == 0)
        return NULL;
    if (network_memory > 0)
        network_memory--;
    network_blocks++;
    return malloc(size);
}

void mem_free(void *memory)
{
    network_blocks -= memory != NULL;
    free(memory);
}

void sys_check_core_locking(void)
{
    fake_check_in_lwip();
}

/* Offsets in the headers of IP, without options, and of TCP. */
enum { kTimeToLiveAt = 8, kProtocolAt = 9, kDestinationAt = 16, kFlagsAt = 33, kWindowAt = 34, kChecksumAt = 36 };

static uint16_t syn_window;

/* Writes the client's window into its SYN: the library has one window size for all. */
static void set_window(uint8_t *bytes)
{
    uint32_t before = (uint32_t)(bytes[kWindowAt] << 8 | bytes[kWindowAt + 1]), sum;

    sum = (uint16_t)~(bytes[kChecksumAt] << 8 | bytes[kChecksumAt + 1]) + (uint16_t)~before + syn_window;
    sum = (sum & 0xffff) + (sum >> 16);
    sum = (uint16_t) ~((sum & 0xffff) + (sum >> 16));
    bytes[kWindowAt] = (uint8_t)(syn_window >> 8);
    bytes[kWindowAt + 1] = (uint8_t)syn_window;
    bytes[kChecksumAt] = (uint8_t)(sum >> 8);
    bytes[kChecksumAt + 1] = (uint8_t)sum;
}

static err_t put(Direction direction, const struct pbuf *packet)
{
    if (network_wire.lose_next[direction] > 0) {
        network_wire.lose_next[direction]--;
        return ERR_OK;
    }
    if (random_below(&luck, 100) < network_wire.loss)
        return ERR_OK;
    Packet *copy = malloc(sizeof *copy + packet->tot_len);
    copy->next = NULL;
    copy->due = now + network_wire.delay;
    copy->count = pbuf_copy_partial(packet, copy->bytes, packet->tot_len, 0);
    if (direction == kToCamera && (copy->bytes[kFlagsAt] & TCP_SYN) && syn_window != kLibraryWindow)
        set_window(copy->bytes);
    *under_way[direction].last = copy;
    under_way[direction].last = &copy->next;
    return ERR_OK;
}

static void note_datagram(const struct pbuf *packet)
{
    uint16_t port;

    network_datagrams++;
    pbuf_copy_partial(packet, &network_sent.ttl, 1, kTimeToLiveAt);
    pbuf_copy_partial(packet, &network_sent.address, 4, kDestinationAt);
    pbuf_copy_partial(packet, &port, 2, IP_HLEN + 2);
    network_sent.port = lwip_ntohs(port);
    network_sent.count = pbuf_copy_partial(packet, network_sent.bytes, sizeof network_sent.bytes, IP_HLEN + UDP_HLEN);
}

static err_t from_camera(struct netif *netif, struct pbuf *packet, const ip4_addr_t *address)
{
    uint8_t protocol = 0;

    (void)netif;
    (void)address;
    pbuf_copy_partial(packet, &protocol, 1, kProtocolAt);
    if (protocol == IP_PROTO_TCP)
        return put(kToClient, packet);
    if (protocol == IP_PROTO_UDP && network_output_error == ERR_OK)
        note_datagram(packet);
    return network_output_error;
}

static err_t from_client(struct netif *netif, struct pbuf *packet, const ip4_addr_t *address)
{
    uint8_t protocol = 0;

    (void)netif;
    (void)address;
    pbuf_copy_partial(packet, &protocol, 1, kProtocolAt);
    return protocol == IP_PROTO_TCP ? put(kToCamera, packet) : ERR_OK;
}

#ifdef CHIP_LIMITS
/* The library's tcp_write() with the chip's limit of packet buffers. With LWIP_NETIF_TX_SINGLE_PBUF each segment is one buffer. */
err_t __real_tcp_write(struct tcp_pcb *pcb, const void *bytes, u16_t count, u8_t flags);
err_t __wrap_tcp_write(struct tcp_pcb *pcb, const void *bytes, u16_t count, u8_t flags);

err_t __wrap_tcp_write(struct tcp_pcb *pcb, const void *bytes, u16_t count, u8_t flags)
{
    u32_t half = pcb->snd_wnd_max / 2, segment = half > 0 && half < pcb->mss ? half : pcb->mss;
    u32_t extending = pcb->unsent ? pcb->unsent_oversize : 0;
    u32_t buffers = count > extending ? (count - extending + segment - 1) / segment : 0;

    if (pcb->local_port == kCameraPort && count > 0 && (pcb->snd_queuelen >= TCP_SND_QUEUELEN || pcb->snd_queuelen + buffers > TCP_SND_QUEUELEN))
        return ERR_MEM;
    return __real_tcp_write(pcb, bytes, count, flags);
}

static void limit_new_connections(void)
{
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        if (pcb->state == SYN_RCVD && pcb->snd_buf > TCP_SND_BUF) {
            pcb->snd_buf = TCP_SND_BUF;
            pcb->rcv_wnd = pcb->rcv_ann_wnd = TCP_WND;
        }
}
#else
static void limit_new_connections(void)
{
}
#endif

static err_t add_camera(struct netif *netif)
{
    netif->output = from_camera;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_IGMP;
    netif->mtu = TCP_MSS + kHeaders;
    return ERR_OK;
}

static err_t add_client(struct netif *netif)
{
    netif->output = from_client;
    netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_IGMP;
    netif->mtu = TCP_MSS + kHeaders;
    return ERR_OK;
}

static void start(void)
{
    const ip4_addr_t camera = {PP_HTONL(LWIP_MAKEU32(10, 0, 0, 1))}, client = {PP_HTONL(LWIP_MAKEU32(10, 0, 0, 2))};
    const ip4_addr_t mask = {PP_HTONL(LWIP_MAKEU32(255, 255, 255, 0))}, none = {0};

    lwip_init();
    netif_add(&camera_side, &camera, &mask, &none, NULL, add_camera, ip_input);
    netif_add(&client_side, &client, &mask, &none, NULL, add_client, ip_input);
    netif_set_up(&camera_side);
    netif_set_up(&client_side);
    netif_set_link_up(&camera_side);
    netif_set_link_up(&client_side);
    for (int i = 0; i < kDirections; i++)
        under_way[i].last = &under_way[i].first;
}

static void deliver(Direction direction)
{
    struct netif *netif = direction == kToCamera ? &camera_side : &client_side;
    Packet *packet;

    while (!network_wire.held[direction] && (packet = under_way[direction].first) != NULL && packet->due <= now) {
        under_way[direction].first = packet->next;
        if (!packet->next)
            under_way[direction].last = &under_way[direction].first;
        struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)packet->count, PBUF_RAM);
        pbuf_take(copy, packet->bytes, (u16_t)packet->count);
        free(packet);
        netif->input(copy, netif);
        limit_new_connections();
    }
}

void network_run(uint32_t milliseconds)
{
    for (uint32_t i = 0; i < milliseconds; i++) {
        now++;
        fake_enter_lwip();
        deliver(kToCamera);
        deliver(kToClient);
        sys_check_timeouts();
        fake_leave_lwip();
        fake_run_timers();
        fake_deliver();
    }
}

void network_hurry(void)
{
    fake_enter_lwip();
    for (int i = 0; i < kDirections; i++)
        for (Packet *packet = under_way[i].first; packet; packet = packet->next)
            packet->due = now;
    deliver(kToCamera);
    deliver(kToClient);
    fake_leave_lwip();
}

static void start_once(void)
{
    static bool started;

    if (started)
        return;
    started = true;
    fake_enter_lwip();
    start();
    fake_leave_lwip();
}

void network_reset(void)
{
    start_once();
    network_wire = (Wire){.delay = kDelay};
    network_memory = -1;
    network_output_error = ERR_OK;
    network_unreachable = false;
    network_datagrams = 0;
    network_multicast(true);
    fake_no_memory = false;
    fake_before_exec = NULL;
    fake_queue_length = 10;
    fake_free_bytes = 165000; /* as on a streaming camera */
    for (int i = 0; tcp_active_pcbs || tcp_tw_pcbs; i++) {
        if (i == kLongestSeconds) {
            fputs("a connection does not end\n", stderr);
            abort();
        }
        network_run(kSecond);
    }
    network_run(kSecond);
}

void network_datagram(const void *bytes, size_t count, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port)
{
    enum { kPiece = 1000 };
    struct ip_hdr header = {._ttl = 64, ._proto = IP_PROTO_UDP, .src.addr = from, .dest.addr = to};
    struct udp_hdr udp = {lwip_htons(from_port), lwip_htons(to_port), lwip_htons((uint16_t)(UDP_HLEN + count)), 0};
    size_t done = 0;

    IPH_VHL_SET(&header, 4, IP_HLEN / 4);
    IPH_LEN_SET(&header, lwip_htons((uint16_t)(IP_HLEN + UDP_HLEN + count)));
    IPH_CHKSUM_SET(&header, inet_chksum(&header, IP_HLEN));
    fake_enter_lwip();
    struct pbuf *packet = pbuf_alloc(PBUF_RAW, IP_HLEN + UDP_HLEN, PBUF_RAM);
    pbuf_take(packet, &header, IP_HLEN);
    pbuf_take_at(packet, &udp, UDP_HLEN, IP_HLEN);
    while (done < count) {
        size_t part = count - done < kPiece ? count - done : kPiece;
        struct pbuf *piece = pbuf_alloc(PBUF_RAW, (u16_t)part, PBUF_RAM);
        pbuf_take(piece, (const uint8_t *)bytes + done, (u16_t)part);
        pbuf_cat(packet, piece);
        done += part;
    }
    camera_side.input(packet, &camera_side);
    fake_leave_lwip();
}

void network_multicast(bool on)
{
    struct netif *interfaces[] = {&camera_side, &client_side};

    for (int i = 0; i < 2; i++)
        interfaces[i]->flags = (u8_t)(on ? interfaces[i]->flags | NETIF_FLAG_IGMP : interfaces[i]->flags & ~NETIF_FLAG_IGMP);
}

int network_joined(uint32_t group)
{
    const ip4_addr_t address = {group};
    struct igmp_group *first = igmp_lookfor_group(&camera_side, &address), *second = igmp_lookfor_group(&client_side, &address);

    return (first ? first->use : 0) + (second ? second->use : 0);
}

size_t network_sockets(void)
{
    size_t count = 0;

    for (struct udp_pcb *pcb = udp_pcbs; pcb; pcb = pcb->next)
        count++;
    return count;
}

struct udp_pcb *network_occupy(uint16_t port)
{
    fake_enter_lwip();
    struct udp_pcb *pcb = udp_new_ip_type(IPADDR_TYPE_V4);
    udp_bind(pcb, IP4_ADDR_ANY, port);
    fake_leave_lwip();
    return pcb;
}

void network_vacate(struct udp_pcb *pcb)
{
    fake_enter_lwip();
    udp_remove(pcb);
    fake_leave_lwip();
}

size_t network_connections(void)
{
    size_t count = 0;

    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next)
        count += pcb->local_port == kCameraPort;
    return count;
}

static void send_queue(Client *client)
{
    while (client->queued > 0) {
        size_t most = 4u * client->pcb->mss < tcp_sndbuf(client->pcb) ? 4u * client->pcb->mss : tcp_sndbuf(client->pcb);
        size_t count = client->queued < most ? client->queued : most;
        if (count == 0 || tcp_write(client->pcb, client->queue, (u16_t)count, TCP_WRITE_FLAG_COPY) != ERR_OK)
            break;
        client->queue += count;
        client->queued -= count;
    }
    tcp_output(client->pcb);
}

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    Client *client = argument;

    client->connected = error == ERR_OK;
    if (client->window != kLibraryWindow) {
        pcb->rcv_wnd = pcb->rcv_ann_wnd = client->window;
        pcb->rcv_ann_right_edge = pcb->rcv_nxt + client->window;
        if (pcb->mss > client->window / 2) /* lwIP reopens a window by whole segments */
            pcb->mss = client->window / 2;
    }
    return ERR_OK;
}

static err_t on_receive(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    Client *client = argument;

    (void)error;
    if (!packet) {
        client->ended = true;
        return ERR_OK;
    }
    client->bytes = realloc(client->bytes, client->count + packet->tot_len);
    client->count += pbuf_copy_partial(packet, client->bytes + client->count, packet->tot_len, 0);
    if (client->stalls)
        client->unread += packet->tot_len;
    else
        tcp_recved(pcb, packet->tot_len);
    pbuf_free(packet);
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t count)
{
    (void)pcb;
    (void)count;
    send_queue(argument);
    return ERR_OK;
}

static void on_error(void *argument, err_t error)
{
    Client *client = argument;

    client->pcb = NULL;
    client->reset = error == ERR_RST;
}

static void attach(Client *client, struct tcp_pcb *pcb)
{
    client->pcb = pcb;
    tcp_arg(pcb, client);
    tcp_recv(pcb, on_receive);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    client->buffer = tcp_sndbuf(pcb);
}

Client *client_connect(uint16_t window)
{
    Client *client = calloc(1, sizeof *client);
    const ip_addr_t camera = IPADDR4_INIT_BYTES(10, 0, 0, 1);

    fake_enter_lwip();
    attach(client, tcp_new_ip_type(IPADDR_TYPE_V4));
    client->window = syn_window = window;
    tcp_connect(client->pcb, &camera, kCameraPort, on_connected);
    fake_leave_lwip();
    return client;
}

static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    Client *client = argument;

    if (error != ERR_OK || client->pcb)
        return ERR_VAL;
    client->connected = true;
    attach(client, pcb);
    return ERR_OK;
}

Client *client_listen(uint16_t port)
{
    Client *client = calloc(1, sizeof *client);
    const ip_addr_t address = IPADDR4_INIT_BYTES(10, 0, 0, 2);

    fake_enter_lwip();
    client->window = syn_window = kLibraryWindow;
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_V4);
    tcp_bind(pcb, &address, port);
    client->listener = tcp_listen(pcb);
    tcp_arg(client->listener, client);
    tcp_accept(client->listener, on_accept);
    fake_leave_lwip();
    return client;
}

void client_send(Client *client, const void *bytes, size_t count)
{
    client->queue = bytes;
    client->queued = count;
    fake_enter_lwip();
    send_queue(client);
    fake_leave_lwip();
}

size_t client_unsent(const Client *client)
{
    return client->queued + client->buffer - tcp_sndbuf(client->pcb);
}

void client_shut(Client *client)
{
    fake_enter_lwip();
    tcp_shutdown(client->pcb, 0, 1);
    fake_leave_lwip();
}

void client_reset(Client *client)
{
    fake_enter_lwip();
    tcp_abort(client->pcb); /* calls on_error() */
    fake_leave_lwip();
}

void client_resume(Client *client)
{
    client->stalls = false;
    fake_enter_lwip();
    if (client->pcb) {
        tcp_recved(client->pcb, (u16_t)client->unread);
        tcp_ack_now(client->pcb);
        tcp_output(client->pcb);
    }
    fake_leave_lwip();
    client->unread = 0;
}

void client_free(Client *client)
{
    if (client->listener) {
        fake_enter_lwip();
        tcp_close(client->listener);
        fake_leave_lwip();
    }
    if (client->pcb)
        client_reset(client);
    free(client->bytes);
    free(client);
}
