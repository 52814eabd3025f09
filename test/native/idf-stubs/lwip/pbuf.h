/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/arch.h"
struct pbuf {
    struct pbuf *next;
    void *payload;
    u16_t tot_len;
    u16_t len;
};
typedef enum { PBUF_TRANSPORT = 74 } pbuf_layer;
typedef enum { PBUF_RAM = 0x280 } pbuf_type;
struct pbuf *pbuf_alloc(pbuf_layer l, u16_t length, pbuf_type type);
u8_t pbuf_free(struct pbuf *p);
void pbuf_cat(struct pbuf *head, struct pbuf *tail);
u16_t pbuf_copy_partial(const struct pbuf *p, void *dataptr, u16_t len, u16_t offset);
err_t pbuf_take(struct pbuf *buf, const void *dataptr, u16_t len);
