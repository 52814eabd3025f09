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

enum { kCameraPort = 5001, kLibraryWindow = 0 };

typedef enum { kToCamera, kToClient, kDirections } Direction;

typedef struct Wire {
    uint32_t delay;                  /* ms, each way */
    uint32_t loss;                   /* percent */
    uint32_t lose_next[kDirections]; /* so many packets */
    bool held[kDirections];          /* packets wait */
} Wire;

extern Wire network_wire;
/* lwIP finds no memory. */
extern bool network_no_memory;

/* Runs lwIP, the wire, the timers and XS's messages for so long. */
void network_run(uint32_t milliseconds);

/* Delivers what waits on the wire, however much delay is left. XS does not run. */
void network_hurry(void);

/* As before the first test: the wire as at first, and all that is under way has ended. */
void network_reset(void);

/* Connections there are on the camera's side, TIME-WAIT not counted. */
size_t network_connections(void);

typedef struct Client {
    struct tcp_pcb *pcb; /* NULL: none any more */
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
