/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCP_CLASS_H
#define TCP_CLASS_H

/* The classes TCP and Listener as JavaScript has them, on the real XS engine: their native functions, called on objects of a machine. */

#include <stdbool.h>
#include <stddef.h>

#include "network.h"

/* Results of connection_write() that are no room. */
enum { kOver = -1, kWouldBlock = -2 };

typedef struct Connection Connection;

struct Connection {
    int id;
    Client *client;
    bool closed;
    long room; /* as onWritable or a write said last */
    /* What the callbacks reported since events() was called last, in order: "readable 10, writable 28672, end, error". */
    char events[512];
    /* Called at the end of each callback, with its name. */
    void (*react)(Connection *connection, const char *event);
};

/* As before the first test: the listener is open, and without connections. */
void class_reset(void);
/* Connections that wait in the listener, as its last onReadable said; 0 when there was none since. */
int class_waiting(void);

/* A client that has connected, and the TCP object that was made of its connection; with `on_end`, it has that option. */
Connection *connection_open(uint16_t window, bool on_end);
/* The same for a client that has connected already. NULL: the listener has none. */
Connection *connection_accept(Client *client, bool on_end);

/* What was reported since the last time. */
const char *events(Connection *connection);

/* Returns the room, kOver for undefined, kWouldBlock where it throws that. */
long connection_write(Connection *connection, const void *bytes, size_t count);
/* Reads all there is, at most `size` bytes; returns how many. */
size_t connection_read(Connection *connection, void *bytes, size_t size);
void connection_close(Connection *connection);

/* Closes both ends and frees them. */
void connection_free(Connection *connection);

#endif
