/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#define SOF_REUSEADDR 0x04U
#define SOF_KEEPALIVE 0x08U
#define ip_set_option(pcb, opt) ((pcb)->so_options = (u8_t)((pcb)->so_options | (opt)))
#define TCP_WRITE_FLAG_COPY 0x01
struct tcp_seg;
struct tcp_pcb {
    ip_addr_t remote_ip;
    u8_t so_options;
    u16_t local_port;
    u16_t remote_port;
    u16_t snd_buf;
    u16_t snd_queuelen;
    u16_t mss;
    struct tcp_seg *unsent;
    struct tcp_seg *unacked;
    u32_t keep_idle;
    u32_t keep_intvl;
    u32_t keep_cnt;
};
typedef err_t (*tcp_accept_fn)(void *arg, struct tcp_pcb *newpcb, err_t err);
typedef err_t (*tcp_recv_fn)(void *arg, struct tcp_pcb *tpcb, struct pbuf *p, err_t err);
typedef err_t (*tcp_sent_fn)(void *arg, struct tcp_pcb *tpcb, u16_t len);
typedef err_t (*tcp_poll_fn)(void *arg, struct tcp_pcb *tpcb);
typedef void (*tcp_err_fn)(void *arg, err_t err);
#define tcp_sndbuf(pcb) ((pcb)->snd_buf)
#define tcp_sndqueuelen(pcb) ((pcb)->snd_queuelen)
#define tcp_mss(pcb) ((pcb)->mss)
/* As configured: four times as many as full segments fit the send buffer. */
#define TCP_SND_QUEUELEN 80
void tcp_nagle_disable(struct tcp_pcb *pcb);
void tcp_nagle_enable(struct tcp_pcb *pcb);
struct tcp_pcb *tcp_new_ip_type(u8_t type);
void tcp_arg(struct tcp_pcb *pcb, void *arg);
void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn recv);
void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn sent);
void tcp_err(struct tcp_pcb *pcb, tcp_err_fn err);
void tcp_accept(struct tcp_pcb *pcb, tcp_accept_fn accept);
void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn poll, u8_t interval);
void tcp_recved(struct tcp_pcb *pcb, u16_t len);
err_t tcp_bind(struct tcp_pcb *pcb, const ip_addr_t *ipaddr, u16_t port);
struct tcp_pcb *tcp_listen_with_backlog(struct tcp_pcb *pcb, u8_t backlog);
void tcp_abort(struct tcp_pcb *pcb);
err_t tcp_close(struct tcp_pcb *pcb);
err_t tcp_write(struct tcp_pcb *pcb, const void *dataptr, u16_t len, u8_t apiflags);
err_t tcp_output(struct tcp_pcb *pcb);
