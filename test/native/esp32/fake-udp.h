/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_UDP_H
#define FAKE_UDP_H

/* lwIP's UDP and IGMP, with room for one socket. Everything ends the program that is not called in lwIP's task. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/arch.h"

/* Packet buffers there are now. */
extern size_t fake_pbufs;

/* As if nothing had happened yet. */
void fake_udp_reset(void);

typedef struct FakeUDP {
    bool open;
    uint16_t port;
    uint16_t used;    /* a port that another socket has */
    err_t join_error; /* what joining comes to */
    err_t send_error; /* what sending comes to */
    size_t sent;      /* datagrams */
    struct {          /* the last of them */
        uint8_t bytes[2048];
        size_t count;
        uint32_t address;
        uint16_t port;
        uint8_t ttl;
    } last;
} FakeUDP;

extern FakeUDP fake_udp;

/* How often the group is joined. */
int fake_joined(uint32_t group);

/* A datagram comes, in packet buffers of no more than 1,000 bytes. */
void fake_datagram(const void *bytes, size_t count, uint32_t address, uint16_t port);

#endif
