/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual-tcp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board-connection.h"
#include "byte-queue.h"
#include "lock-step.h"

/* kWindowPart: the peer gets room back when it has none, or when this part of the window was read: not for each small read. */
enum { kOpeningBytes = 192, kCountBytes = 4, kWindowPart = 4, kErrorText = 160 };

struct VirtualTcp {
    BoardConnection *connection;
    RunnerNotifier *notifier; /* an event is due that no message brings */
    SocketAddress peer;
    RunnerWatchCallback callback;
    void *refcon;
    int events; /* watched for */
    ByteQueue received;
    size_t window;
    size_t room;         /* bytes that the peer may send */
    size_t read;         /* bytes read and not reported */
    size_t acknowledged; /* bytes acknowledged and not reported */
    int references;      /* the owner, and callbacks under way */
    int error;
    bool connecting;
    bool ended;
    bool closed;
};

bool virtual_network(void)
{
    return lock_step_virtual_network();
}

static SocketAddress address_of(const BoardEndpoint *endpoint)
{
    SocketAddress address = {.length = sizeof(struct sockaddr_in)};
    struct sockaddr_in *in = (struct sockaddr_in *)&address.storage;
    in->sin_family = AF_INET;
    in->sin_port = htons(endpoint->port);
    memcpy(&in->sin_addr, endpoint->address, sizeof endpoint->address);
    return address;
}

static void release(VirtualTcp *tcp)
{
    if (--tcp->references)
        return;
    byte_queue_free(&tcp->received);
    free(tcp);
}

static void fail(VirtualTcp *tcp, int error)
{
    if (!tcp->error)
        tcp->error = error;
    tcp->connecting = false;
}

static int ready_events(const VirtualTcp *tcp)
{
    int events = tcp->received.count || tcp->ended || tcp->error ? kRunnerReadable : 0;
    if (!tcp->connecting || tcp->error)
        events |= kRunnerWritable;
    if (tcp->error)
        events |= kRunnerHangup;
    return events & tcp->events;
}

/* Acknowledgements are reported once, whatever is watched for. */
static void report(xsMachine *the, VirtualTcp *tcp)
{
    int events = ready_events(tcp) | (tcp->acknowledged ? kRunnerWritable : 0);
    if (!events || !tcp->callback)
        return;
    tcp->references++;
    tcp->callback(the, events, tcp->refcon);
    if (!tcp->closed && ready_events(tcp))
        runner_notifier_post(tcp->notifier);
    release(tcp);
}

static void on_notified(xsMachine *the, void *refcon)
{
    report(the, refcon);
}

static int error_of(const uint8_t *payload, size_t length)
{
    switch (length ? *payload : 0) {
    case 'R':
        return ECONNREFUSED;
    case 'T':
        return ETIMEDOUT;
    default:
        return ECONNRESET;
    }
}

/* False: the board breaks the rules. */
static bool take_message(VirtualTcp *tcp, uint8_t type, const uint8_t *payload, size_t length)
{
    switch (type) {
    case 'C':
        tcp->connecting = false;
        return true;
    case 'D':
        if (length > tcp->room || !byte_queue_append(&tcp->received, payload, length))
            return false;
        tcp->room -= length;
        return true;
    case 'A':
        if (length != kCountBytes)
            return false;
        tcp->acknowledged += board_read32(payload);
        return true;
    case 'F':
        tcp->ended = true;
        return true;
    case 'X':
        fail(tcp, error_of(payload, length));
        return true;
    default:
        return false;
    }
}

static void on_board(xsMachine *the, int unused, void *refcon)
{
    VirtualTcp *tcp = refcon;
    BoardHeader header;
    const uint8_t *payload;
    BoardParse parse;
    (void)unused;
    while ((parse = board_message(tcp->connection, &header, &payload)) == kBoardComplete) {
        if (!take_message(tcp, header.type, payload, header.length))
            break;
        board_drop(tcp->connection, kBoardHeaderBytes + header.length);
    }
    if (parse != kBoardIncomplete || board_receive(tcp->connection) != kBoardOk)
        fail(tcp, ECONNRESET);
    report(the, tcp);
}

static VirtualTcp *open_tcp(xsMachine *the, const char *where, size_t window, char *error, size_t size)
{
    char opening[kOpeningBytes], answer[kBoardLineMaximum];
    VirtualTcp *tcp = calloc(1, sizeof *tcp);
    RunnerNotifier *notifier = tcp ? runner_notifier_new(the, on_notified, tcp) : NULL;
    snprintf(opening, sizeof opening, "{\"open\":\"tcp\",%s,\"window\":%zu,\"keepalive\":%d,\"userTimeout\":%d}", where, window,
        kSocketKeepaliveMilliseconds, kSocketUserTimeoutMilliseconds);
    snprintf(error, size, "no memory");
    BoardConnection *connection = notifier ? board_open(opening, answer, error, size) : NULL;
    if (!connection) {
        runner_notifier_free(notifier);
        free(tcp);
        return NULL;
    }
    *tcp = (VirtualTcp){.connection = connection, .notifier = notifier, .window = window, .room = window, .references = 1};
    board_watch(the, connection, kRunnerReadable, on_board, tcp);
    return tcp;
}

VirtualTcp *virtual_tcp_connect(xsMachine *the, const SocketAddress *peer, size_t window, char *error, size_t size)
{
    char where[96], text[INET6_ADDRSTRLEN];
    if (!socket_address_text(peer, text, sizeof text))
        text[0] = 0;
    snprintf(where, sizeof where, "\"address\":\"%s\",\"port\":%d", text, socket_address_port(peer));
    VirtualTcp *tcp = open_tcp(the, where, window, error, size);
    if (tcp) {
        tcp->connecting = true;
        tcp->peer = *peer;
    }
    return tcp;
}

void virtual_tcp_keepalive(VirtualTcp *tcp, uint32_t milliseconds)
{
    uint8_t bytes[kCountBytes];
    board_write32(bytes, milliseconds);
    board_send(tcp->connection, 'K', bytes, sizeof bytes, NULL, 0);
}

const SocketAddress *virtual_tcp_peer(const VirtualTcp *tcp)
{
    return &tcp->peer;
}

void virtual_tcp_close(VirtualTcp *tcp)
{
    board_close(tcp->connection);
    runner_notifier_free(tcp->notifier);
    tcp->connection = NULL;
    tcp->callback = NULL;
    tcp->closed = true;
    release(tcp);
}

/* What a BufferedSocket calls */

static ssize_t receive_some(void *peer, void *bytes, size_t size)
{
    VirtualTcp *tcp = peer;
    size_t count = tcp->received.count < size ? tcp->received.count : size;
    if (count) {
        memcpy(bytes, byte_queue_bytes(&tcp->received), count);
        byte_queue_drop(&tcp->received, count);
        return (ssize_t)count;
    }
    if (tcp->ended && !tcp->error)
        return 0;
    errno = tcp->error ? tcp->error : EAGAIN;
    return -1;
}

static ssize_t send_some(void *peer, const void *bytes, size_t size)
{
    VirtualTcp *tcp = peer;
    if (!tcp->error && board_send(tcp->connection, 'D', bytes, size, NULL, 0) != kBoardOk)
        fail(tcp, ECONNRESET);
    if (!tcp->error)
        return (ssize_t)size;
    errno = tcp->error;
    return -1;
}

static bool watch(xsMachine *the, void *peer, int events, RunnerWatchCallback callback, void *refcon)
{
    VirtualTcp *tcp = peer;
    (void)the;
    tcp->events = events;
    tcp->callback = callback;
    tcp->refcon = refcon;
    if (ready_events(tcp))
        runner_notifier_post(tcp->notifier);
    return true;
}

static void close_peer(void *peer)
{
    virtual_tcp_close(peer);
}

static int peer_error(void *peer)
{
    return ((const VirtualTcp *)peer)->error;
}

static size_t take_acknowledged(void *peer)
{
    VirtualTcp *tcp = peer;
    size_t count = tcp->acknowledged;
    tcp->acknowledged = 0;
    return count;
}

static void consumed(void *peer, size_t count)
{
    VirtualTcp *tcp = peer;
    uint8_t bytes[kCountBytes];
    tcp->read += count;
    if ((tcp->read < tcp->window / kWindowPart && tcp->room) || tcp->error)
        return;
    board_write32(bytes, (uint32_t)tcp->read);
    tcp->room += tcp->read;
    tcp->read = 0;
    board_send(tcp->connection, 'R', bytes, sizeof bytes, NULL, 0);
}

const BufferedSocketPeer kVirtualTcp = {
    .receive = receive_some,
    .send = send_some,
    .watch = watch,
    .close = close_peer,
    .error = peer_error,
    .acknowledged = take_acknowledged,
    .consumed = consumed,
};

/* Listener */

struct VirtualListener {
    BoardConnection *connection;
};

VirtualListener *virtual_listener_open(int *port, int backlog, char *error, size_t size)
{
    char opening[kOpeningBytes], answer[kBoardLineMaximum];
    BoardValue value;
    uint32_t opened;
    VirtualListener *listener = calloc(1, sizeof *listener);
    snprintf(error, size, "no memory");
    snprintf(opening, sizeof opening, "{\"open\":\"tcp-listener\",\"port\":%d,\"backlog\":%d}", *port, backlog);
    if (listener)
        listener->connection = board_open(opening, answer, error, size);
    if (!listener || !listener->connection) {
        free(listener);
        return NULL;
    }
    if (board_find_value(answer, strlen(answer), "port", &value) && board_read_unsigned(value, &opened))
        *port = (int)opened;
    return listener;
}

void virtual_listener_watch(xsMachine *the, VirtualListener *listener, bool watched, RunnerWatchCallback callback, void *refcon)
{
    board_watch(the, listener->connection, watched ? kRunnerReadable : 0, callback, refcon);
}

VirtualTcp *virtual_listener_accept(xsMachine *the, VirtualListener *listener, size_t window)
{
    BoardHeader header;
    BoardEndpoint peer;
    const uint8_t *payload;
    char where[32], error[kErrorText];
    if (board_message(listener->connection, &header, &payload) != kBoardComplete || header.type != 'N' || header.length < kCountBytes ||
        !board_parse_endpoint(payload + kCountBytes, header.length - kCountBytes, &peer))
        return NULL;
    snprintf(where, sizeof where, "\"connection\":%lu", (unsigned long)board_read32(payload));
    board_drop(listener->connection, kBoardHeaderBytes + header.length);
    VirtualTcp *tcp = open_tcp(the, where, window, error, sizeof error);
    if (tcp)
        tcp->peer = address_of(&peer);
    return tcp;
}

void virtual_listener_close(VirtualListener *listener)
{
    board_close(listener->connection);
    free(listener);
}
