/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/arch.h"
typedef struct {
    u32_t addr;
} ip4_addr_t;
typedef struct {
    union {
        ip4_addr_t ip4;
    } u_addr;
    u8_t type;
} ip_addr_t;
enum lwip_ip_addr_type { IPADDR_TYPE_V4 = 0, IPADDR_TYPE_V6 = 6, IPADDR_TYPE_ANY = 46 };
extern const ip_addr_t ip_addr_any;
extern const ip_addr_t ip_addr_any_type;
#define ip_2_ip4(ipaddr) (&((ipaddr)->u_addr.ip4))
#define ip_addr_set_ip4_u32_val(ipaddr, val) ((ipaddr).u_addr.ip4.addr = (val), (ipaddr).type = IPADDR_TYPE_V4)
#define ip4_addr_ismulticast(addr1) (((addr1)->addr & 0xf0) == 0xe0)
#define IP4_ADDR_ANY (&ip_addr_any)
#define IP_ANY_TYPE (&ip_addr_any_type)
char *ipaddr_ntoa_r(const ip_addr_t *addr, char *buf, int buflen);
