/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAKE_CHIP_H
#define FAKE_CHIP_H

/*
 * The part of ESP-IDF, lwIP and the SDK's message queue that connections use, with a peer that does what a test says. One thread.
 * fake-udp.h is the part for UDP.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/tcp.h"

/* Messages to the XS task; a post fails when as many wait as `fake_queue_length`. */
extern size_t fake_queue_length;
/* Called while a post fails, as another task that runs just then. */
extern void (*fake_on_full_queue)(void);
/* Hands over what waits; returns how many messages that were. */
size_t fake_deliver(void);

extern uint32_t fake_now;      /* ms */
extern size_t fake_free_bytes; /* internal RAM */
/* Packet buffers there are now. */
extern size_t fake_pbufs;
/* A packet buffer as it comes from the network. */
struct pbuf *fake_pbuf(const void *bytes, size_t count);
/* Blocks in PSRAM, and their bytes. */
extern size_t fake_psram_blocks;
extern size_t fake_psram_bytes;
/* Nothing can be allocated, but by the network. */
extern bool fake_no_memory;

/* What is between these happens in lwIP's task; what has to, ends the program elsewhere. */
void fake_enter_lwip(void);
void fake_leave_lwip(void);
void fake_check_in_lwip(void);

typedef struct FakeConnection {
    struct tcp_pcb pcb;
    void *argument;
    tcp_recv_fn receive;
    tcp_sent_fn sent;
    tcp_poll_fn poll;
    tcp_err_fn error;
    bool nodelay;
    bool closed;
    bool aborted;
    size_t acknowledged; /* bytes given to tcp_recved */
    size_t written;
    uint8_t bytes[65536]; /* what was written */
} FakeConnection;

enum { kFakeSendBytes = 28672, kFakeSegment = 1436 };

FakeConnection *fake_connection(void);
void fake_free(FakeConnection *connection);
/* The peer sends. */
void fake_send(FakeConnection *connection, const uint8_t *bytes, size_t count);
/* The peer sends no more. */
void fake_finish(FakeConnection *connection);
/* The peer resets: lwIP's pcb is gone. */
void fake_reset(FakeConnection *connection);
/* The peer acknowledges all that was written. */
void fake_acknowledge(FakeConnection *connection);
/* Half a second of lwIP's time. */
void fake_poll(FakeConnection *connection);

#endif
