/* SPDX-License-Identifier: Apache-2.0 */

/* Joining a multicast group, for platforms/esp32/udp.ts. */

#include "xsmc.h"

#include "esp_netif.h"
#include "lwip/igmp.h"
#include "lwip/ip_addr.h"

enum { kAddressText = 16 };

/* In lwIP's task. On every interface there is, with an address or without: it reports its groups itself when it gets one. */
static esp_err_t do_join(void *context)
{
    const ip4_addr_t any = {0};
    return igmp_joingroup(&any, context) == ERR_OK ? ESP_OK : ESP_ERR_NOT_FOUND;
}

void xs_lwip_join_group(xsMachine *the)
{
    char text[kAddressText];
    esp_ip4_addr_t address;
    ip4_addr_t group;

    xsmcToStringBuffer(xsArg(0), text, sizeof text);
    if (esp_netif_str_to_ip4(text, &address) != ESP_OK)
        xsRangeError("invalid IP address");
    group.addr = address.addr;
    if (!ip4_addr_ismulticast(&group))
        xsRangeError("no multicast group");
    if (esp_netif_tcpip_exec(do_join, &group) != ESP_OK)
        xsUnknownError("no interface to join on");
}
