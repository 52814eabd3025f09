/* SPDX-License-Identifier: Apache-2.0 */
#ifndef NETWORK_H
#define NETWORK_H

/*
 * A camera and its clients on the real lwIP, in one process: both ends are connections of one stack, over a simulated wire with delay and
 * loss. Virtual time, no threads. Calls of lwIP from outside its task abort.
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
    uint32_t lose_next[kDirections]; /* number of packets */
    bool held[kDirections];          /* packets are queued */
} Wire;

extern Wire network_wire;
/* Number of lwIP allocations that succeed; negative: all. */
extern int network_memory;
/* Number of blocks that lwIP has allocated. */
extern size_t network_blocks;

/* Runs lwIP, the wire, the timers and XS's messages for this time. */
void network_run(uint32_t milliseconds);

/* Delivers all packets on the wire at once. XS does not run. */
void network_hurry(void);

/* Restores the initial state: the default wire, and no connection or packet under way. */
void network_reset(void);

/* Connections on the camera's side, without those in TIME-WAIT. */
size_t network_connections(void);

/* UDP of the camera. */

typedef struct Sent {
    uint8_t bytes[2048];
    size_t count;
    uint32_t address; /* network byte order */
    uint16_t port;
    uint8_t ttl;
} Sent;

/* The last datagram sent by the camera, and their number. */
extern Sent network_sent;
extern size_t network_datagrams;
/* Result of sending; and whether no interface exists. */
extern err_t network_output_error;
extern bool network_unreachable;

/* Receives a datagram, in packet buffers of at most 1,000 bytes. Addresses in network byte order. */
void network_datagram(const void *bytes, size_t count, uint32_t from, uint16_t from_port, uint32_t to, uint16_t to_port);

/* Whether the interfaces support multicast. */
void network_multicast(bool on);
/* Joins of the group on the camera's interface, and on the other. */
int network_joined(uint32_t group);
/* Open UDP sockets. */
size_t network_sockets(void);
/* Opens a socket that occupies the port. */
struct udp_pcb *network_occupy(uint16_t port);
void network_vacate(struct udp_pcb *pcb);

typedef struct Client {
    struct tcp_pcb *pcb; /* NULL: no connection, or it is over */
    struct tcp_pcb *listener;
    uint16_t window;
    bool connected;
    bool ended;  /* FIN received from the camera */
    bool reset;  /* by the camera */
    bool stalls; /* does not read: its window closes */
    uint32_t unread;
    size_t count;
    uint8_t *bytes; /* received: `count` bytes */
    const uint8_t *queue;
    size_t queued; /* bytes of `queue` not yet given to lwIP */
    size_t buffer; /* size of its send buffer */
} Client;

/* Starts a connection with a receive window of at most `window` bytes. */
Client *client_connect(uint16_t window);
/* Waits for a connection from the camera, at 10.0.0.2. */
Client *client_listen(uint16_t port);
/* Sends what lwIP takes, and the rest as the camera acknowledges. `bytes` must stay valid. */
void client_send(Client *client, const void *bytes, size_t count);
/* Sent bytes not yet acknowledged by the camera. */
size_t client_unsent(const Client *client);
/* Shuts down the sending side. */
void client_shut(Client *client);
/* Resets the connection. */
void client_reset(Client *client);
/* Reads again after a stall. */
void client_resume(Client *client);
/* Frees the client, and resets its connection. */
void client_free(Client *client);

#endif
