/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include "esp_err.h"
#define ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED 0x5005
typedef struct esp_netif_obj esp_netif_t;
typedef struct {
    uint32_t addr;
} esp_ip4_addr_t;
typedef struct {
    esp_ip4_addr_t ip;
    esp_ip4_addr_t netmask;
    esp_ip4_addr_t gw;
} esp_netif_ip_info_t;
typedef enum { ESP_NETIF_OP_START = 0, ESP_NETIF_OP_SET, ESP_NETIF_OP_GET } esp_netif_dhcp_option_mode_t;
typedef enum { ESP_NETIF_REQUESTED_IP_ADDRESS = 50 } esp_netif_dhcp_option_id_t;
typedef esp_err_t (*esp_netif_callback_fn)(void *ctx);
esp_err_t esp_netif_init(void);
esp_netif_t *esp_netif_get_default_netif(void);
esp_netif_t *esp_netif_get_handle_from_ifkey(const char *if_key);
esp_err_t esp_netif_set_ip_info(esp_netif_t *esp_netif, const esp_netif_ip_info_t *ip_info);
esp_err_t esp_netif_dhcps_option(esp_netif_t *esp_netif, esp_netif_dhcp_option_mode_t opt_op, esp_netif_dhcp_option_id_t opt_id, void *opt_val, uint32_t opt_len);
esp_err_t esp_netif_dhcps_start(esp_netif_t *esp_netif);
esp_err_t esp_netif_dhcps_stop(esp_netif_t *esp_netif);
char *esp_ip4addr_ntoa(const esp_ip4_addr_t *addr, char *buf, int buflen);
esp_err_t esp_netif_str_to_ip4(const char *src, esp_ip4_addr_t *dst);
esp_err_t esp_netif_tcpip_exec(esp_netif_callback_fn fn, void *ctx);
