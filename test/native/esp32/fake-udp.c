/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-udp.h"

#include <stdlib.h>
#include <string.h>

#include "fake-chip.h"
#include "lwip/igmp.h"
#include "lwip/udp.h"

enum { kGroups = 8, kPacketBytes = 1000 };

FakeUDP fake_udp;
const ip_addr_t ip_addr_any;
size_t fake_pbufs;
static struct udp_pcb pcb;
static udp_recv_fn receive;
static void *receive_argument;
static struct {
    uint32_t address;
    int uses;
} groups[kGroups];

static struct pbuf *fake_pbuf(const void *bytes, size_t count)
{
    struct pbuf *packet = calloc(1, sizeof *packet + count);
    packet->payload = packet + 1;
    if (count)
        memcpy(packet->payload, bytes, count);
    packet->len = packet->tot_len = (u16_t)count;
    fake_pbufs++;
    return packet;
}

u8_t pbuf_free(struct pbuf *packet)
{
    u8_t count = 0;
    while (packet) {
        struct pbuf *next = packet->next;
        free(packet);
        packet = next;
        fake_pbufs--;
        count++;
    }
    return count;
}

/* lwIP's own code relies on it: a packet's total is its length and the total behind it. */
static void check_totals(const struct pbuf *packet)
{
    for (; packet; packet = packet->next)
        if (packet->tot_len != packet->len + (packet->next ? packet->next->tot_len : 0))
            abort();
}

void pbuf_cat(struct pbuf *head, struct pbuf *tail)
{
    check_totals(head);
    for (; head->next; head = head->next)
        head->tot_len = (u16_t)(head->tot_len + tail->tot_len);
    head->tot_len = (u16_t)(head->tot_len + tail->tot_len);
    head->next = tail;
}

u16_t pbuf_copy_partial(const struct pbuf *packet, void *target, u16_t count, u16_t offset)
{
    u16_t copied = 0;
    for (; packet && copied < count; packet = packet->next) {
        if (offset >= packet->len)
            offset = (u16_t)(offset - packet->len);
        else {
            u16_t part = (u16_t)(packet->len - offset);
            if (part > count - copied)
                part = (u16_t)(count - copied);
            memcpy((uint8_t *)target + copied, (const uint8_t *)packet->payload + offset, part);
            copied = (u16_t)(copied + part);
            offset = 0;
        }
    }
    return copied;
}

void fake_udp_reset(void)
{
    memset(&fake_udp, 0, sizeof fake_udp);
    memset(groups, 0, sizeof groups);
    fake_no_memory = false;
    fake_queue_length = 10;
}

struct udp_pcb *udp_new_ip_type(u8_t type)
{
    fake_check_in_lwip();
    if (fake_no_memory || type != IPADDR_TYPE_V4)
        return NULL;
    if (fake_udp.open)
        abort();
    memset(&pcb, 0, sizeof pcb);
    receive = NULL;
    pcb.ttl = pcb.mcast_ttl = 64;
    fake_udp.open = true;
    return &pcb;
}

void udp_remove(struct udp_pcb *removed)
{
    fake_check_in_lwip();
    if (removed != &pcb || !fake_udp.open)
        abort();
    fake_udp.open = false;
    receive = NULL;
}

err_t udp_bind(struct udp_pcb *bound, const ip_addr_t *address, u16_t port)
{
    (void)address;
    fake_check_in_lwip();
    if (port && port == fake_udp.used)
        return ERR_USE;
    bound->local_port = fake_udp.port = port ? port : 49152;
    return ERR_OK;
}

void udp_recv(struct udp_pcb *listening, udp_recv_fn function, void *argument)
{
    (void)listening;
    fake_check_in_lwip();
    receive = function;
    receive_argument = argument;
}

err_t udp_sendto(struct udp_pcb *sending, struct pbuf *packet, const ip_addr_t *address, u16_t port)
{
    fake_check_in_lwip();
    if (fake_udp.send_error != ERR_OK)
        return fake_udp.send_error;
    fake_udp.sent++;
    fake_udp.last.count = pbuf_copy_partial(packet, fake_udp.last.bytes, sizeof fake_udp.last.bytes, 0);
    fake_udp.last.address = ip_2_ip4(address)->addr;
    fake_udp.last.port = port;
    fake_udp.last.ttl = ip4_addr_ismulticast(ip_2_ip4(address)) ? sending->mcast_ttl : sending->ttl;
    return ERR_OK;
}

struct pbuf *pbuf_alloc(pbuf_layer layer, u16_t length, pbuf_type type)
{
    (void)layer;
    (void)type;
    if (fake_no_memory)
        return NULL;
    uint8_t *bytes = calloc(1, length + 1u);
    struct pbuf *packet = fake_pbuf(bytes, length);
    free(bytes);
    return packet;
}

err_t pbuf_take(struct pbuf *packet, const void *bytes, u16_t count)
{
    if (count)
        memcpy(packet->payload, bytes, count);
    return ERR_OK;
}

void fake_datagram(const void *bytes, size_t count, uint32_t address, uint16_t port)
{
    const ip_addr_t from = {.u_addr.ip4.addr = address};
    size_t first = count < kPacketBytes ? count : kPacketBytes;
    struct pbuf *packet = fake_pbuf(bytes, first);

    while (first < count) {
        size_t part = count - first < kPacketBytes ? count - first : kPacketBytes;
        pbuf_cat(packet, fake_pbuf((const uint8_t *)bytes + first, part));
        first += part;
    }
    fake_enter_lwip();
    if (receive)
        receive(receive_argument, &pcb, packet, &from, port);
    else
        pbuf_free(packet);
    fake_leave_lwip();
}

static int *uses(uint32_t group)
{
    for (size_t i = 0; i < kGroups; i++)
        if (!groups[i].uses || groups[i].address == group) {
            groups[i].address = group;
            return &groups[i].uses;
        }
    abort();
}

int fake_joined(uint32_t group)
{
    return *uses(group);
}

err_t igmp_joingroup(const ip4_addr_t *interface, const ip4_addr_t *group)
{
    fake_check_in_lwip();
    if (interface->addr) /* one interface only */
        abort();
    if (fake_udp.join_error == ERR_OK || fake_udp.join_error == ERR_MEM) /* no memory on the second interface */
        ++*uses(group->addr);
    return fake_udp.join_error;
}

err_t igmp_leavegroup(const ip4_addr_t *interface, const ip4_addr_t *group)
{
    fake_check_in_lwip();
    if (interface->addr)
        abort();
    int *count = uses(group->addr);
    if (!*count)
        return ERR_VAL;
    --*count;
    return ERR_OK;
}
