/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
struct udp_pcb {
    u8_t ttl;
    u16_t local_port;
    u8_t mcast_ttl;
};
typedef void (*udp_recv_fn)(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *addr, u16_t port);
#define udp_set_multicast_ttl(pcb, value) ((pcb)->mcast_ttl = (value))
struct udp_pcb *udp_new_ip_type(u8_t type);
void udp_remove(struct udp_pcb *pcb);
err_t udp_bind(struct udp_pcb *pcb, const ip_addr_t *ipaddr, u16_t port);
void udp_recv(struct udp_pcb *pcb, udp_recv_fn recv, void *recv_arg);
err_t udp_sendto(struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *dst_ip, u16_t dst_port);
