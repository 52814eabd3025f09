/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NETWORK_H
#define NETWORK_H

/*
 * A camera and its clients on the real lwIP, in one process: both ends are connections of one stack, with a wire between them that has
 * delay and loss. The clock is the test's; no thread, no wall clock. Calls of lwIP from outside its task end the program.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lwip/tcp.h"
#include "lwip/udp.h"

enum { kCameraPort = 5001, kLibraryWindow = 0 };

typedef enum { kToCamera, kToClient, kDirections } Direction;

typedef struct Wire {
    uint32_t delay;                  /* ms, each way */
    uint32_t loss;                   /* percent */
    uint32_t lose_next[kDirections]; /* so many packets */
    bool held[kDirections];          /* packets wait */
} Wire;

extern Wire network_wire;
/* So many pieces of memory lwIP finds, then no more; negative: as many as it wants. */
extern int network_memory;
/* Pieces of memory that lwIP has. */
extern size_t network_pieces;

/* Runs lwIP, the wire, the timers and XS's messages for so long. */
void network_run(uint32_t milliseconds);

/* Delivers what waits on the wire, however much delay is left. XS does not run. */
void network_hurry(void);

/* As before the first test: the wire as at first, and all that is under way has ended. */
void network_reset(void);

/* Connections there are on the camera's side, TIME-WAIT not counted. */
size_t network_connections(void);

/* UDP of the camera. */

typedef struct Sent {
    uint8_t bytes[2048];
    size_t count;
    uint32_t address; /* as in memory */
    uint16_t port;
    uint8_t ttl;
} Sent;

/* The last datagram that the camera has sent, and how many it has. */
extern Sent network_sent;
extern size_t network_datagrams;
/* Sending comes to this; and there is no interface to send on. */
extern err_t network_output_error;
extern bool network_unreachable;

/* A datagram comes from the network, in packet buffers of no more than 1,000 bytes. Addresses as in memory. */
void network_datagram(const void *bytes, size_t count, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port);

/* Interfaces do multicast, or none does. */
void network_multicast(bool on);
/* How often the group is joined on the camera's interface, and on another. */
int network_joined(uint32_t group);
/* UDP sockets that are open. */
size_t network_sockets(void);
/* Opens one that has the port, until it is closed. */
struct udp_pcb *network_occupy(uint16_t port);
void network_vacate(struct udp_pcb *pcb);

typedef struct Client {
    struct tcp_pcb *pcb; /* NULL: the connection is over */
    uint16_t window;
    bool connected;
    bool ended;  /* the camera sends no more */
    bool reset;  /* by the camera */
    bool stalls; /* reads nothing, so that its window closes */
    uint32_t unread;
    size_t count;
    uint8_t *bytes; /* `count` that came */
    const uint8_t *queue;
    size_t queued; /* bytes of `queue` that lwIP has not taken yet */
    size_t buffer; /* bytes of its send buffer */
} Client;

/* Begins to connect, with a receive window of `window` bytes at most. */
Client *client_connect(uint16_t window);
/* As much at once as lwIP takes, the rest as the camera acknowledges. `bytes` stay. */
void client_send(Client *client, const void *bytes, size_t count);
/* Bytes of these that the camera has not acknowledged. */
size_t client_unsent(const Client *client);
/* Shuts the sending side. */
void client_shut(Client *client);
/* Ends with RST. */
void client_reset(Client *client);
/* Reads again after it has stalled. */
void client_resume(Client *client);
/* Forgets the client, which is reset if it is still connected. */
void client_free(Client *client);

#endif
