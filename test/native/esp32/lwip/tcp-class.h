/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCP_CLASS_H
#define TCP_CLASS_H

/* The classes TCP and Listener as JavaScript calls them, on the real XS engine. */

#include <stdbool.h>
#include <stddef.h>

#include "network.h"

/* Results of connection_write() other than the room, and of connection_pump(). */
enum { kOver = -1, kWouldBlock = -2, kRefused = -3 };

typedef struct Connection Connection;

struct Connection {
    int id;
    Client *client;
    bool closed;
    long room; /* from the last onWritable or write */
    /* Callbacks since the last events(), in order: "readable 10, writable 28672, end, error". */
    char events[512];
    /* Called at the end of each callback, with its name. */
    void (*react)(Connection *connection, const char *event);
};

/* Option sendLimit of connections that are accepted; 0: none. */
extern int class_send_limit;

/* Restores the initial state: no send limit, an open listener without connections. */
void class_reset(void);
/* Connections waiting in the listener: argument of the last onReadable since the last call, or 0. */
int class_waiting(void);

/* Connects a client and creates a TCP object for it, with the option onEnd if `on_end`. */
Connection *connection_open(uint16_t window, bool on_end);
/* As connection_open() for a connected client. NULL: the listener has no connection. */
Connection *connection_accept(Client *client, bool on_end);

/* A TCP object that connects to 10.0.0.2. `client` is the one that listens there, or NULL. */
Connection *connection_connect(Client *client, uint16_t port);

/* Returns and clears the reported callbacks. */
const char *events(Connection *connection);

/* Returns the room, kOver for undefined, kWouldBlock for that exception. */
long connection_write(Connection *connection, const void *bytes, size_t count);
/* Reads all bytes, at most `size`. Returns their number. */
size_t connection_read(Connection *connection, void *bytes, size_t size);
/*
 * pump() of a source with these bytes, which has `length` as its length. Returns whether all is written, kOver for undefined, kRefused for an
 * exception.
 */
long connection_pump(Connection *connection, const void *bytes, size_t count, size_t length);
/* Size of each read of sources since class_reset(), and their number. */
extern size_t class_reads[200], class_read_count;
/* Sources that the garbage collector has not freed. Collects garbage. */
int class_sources(void);
void connection_close(Connection *connection);

/* Closes both ends and frees them. */
void connection_free(Connection *connection);

#endif
