/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "lwip/arch.h"
#include "lwip/ip_addr.h"
err_t igmp_joingroup(const ip4_addr_t *ifaddr, const ip4_addr_t *groupaddr);
err_t igmp_leavegroup(const ip4_addr_t *ifaddr, const ip4_addr_t *groupaddr);
