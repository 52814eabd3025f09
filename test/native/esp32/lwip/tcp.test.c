/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The ESP32's classes TCP and Listener (platforms/esp32/native/lwip-*.c) over the real lwIP, as JavaScript calls them.
 * ASan detects what is freed twice or never.
 */

#include "../../harness.h"

#include <string.h>

#include "../fake-chip.h"
#include "tcp-class.h"

enum { kMany = 60000, kMinute = 60000, kAnswer = 70, kReserve = 24576, kServerPort = 1883 };

static uint8_t pattern[2 * kMany + TCP_SND_BUF], received[2 * kMany];

static Connection *open_quiet(uint16_t window, bool on_end)
{
    for (size_t i = 0; i < sizeof pattern; i++)
        pattern[i] = (uint8_t)(i * 31 + i / 256);
    class_reset();
    Connection *connection = connection_open(window, on_end);
    events(connection);
    return connection;
}

static bool client_has(const Connection *connection, size_t count)
{
    return connection->client->count == count && !memcmp(connection->client->bytes, pattern, count);
}

/* Room of an idle connection. */
static long all_room(void)
{
    return TCP_SND_BUF;
}

TEST("tcp: a new connection reports its room")
{
    class_reset();
    Connection *connection = connection_open(kLibraryWindow, true);
    char expected[32];

    snprintf(expected, sizeof expected, "writable %ld", all_room());
    EXPECT(!strcmp(connection->events, expected), "%s", connection->events);
    connection_free(connection);
    EXPECT_EQUAL(network_connections(), 0);
}

TEST("tcp: bytes arrive in order both ways, with loss, delay and any window of the peer")
{
    static const uint16_t windows[] = {kLibraryWindow, 512, 1000, 2000, 5000};

    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        Connection *connection = open_quiet(windows[i], true);
        size_t in = 0, out = 0;

        network_wire.loss = 3;
        client_send(connection->client, pattern, kMany);
        for (int turn = 0; turn < 1000 && (in < kMany || connection->client->count < kMany); turn++) {
            in += connection_read(connection, received + in, sizeof received - in);
            size_t count = kMany - out < (size_t)connection->room ? kMany - out : (size_t)connection->room;
            if (count > 0)
                EXPECT(connection_write(connection, pattern + out, count) >= 0, "room of %zu was reported, and not given", count);
            out += count;
            network_run(1000);
            events(connection);
        }
        EXPECT_EQUAL(in, kMany);
        EXPECT(!memcmp(received, pattern, kMany), "other bytes were read");
        EXPECT(client_has(connection, kMany), "the client has %zu bytes", connection->client->count);
        connection_free(connection);
    }
}

TEST("tcp: after the end of input answers are still sent, and close ends the connection without a reset")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    client_send(connection->client, "get_status", 10);
    client_shut(connection->client);
    network_run(100);
    EXPECT(!strcmp(events(connection), "readable 10"), "not only readable");
    EXPECT_EQUAL(connection_read(connection, received, 10), 10);
    network_run(100);
    EXPECT(!strcmp(connection->events, "end"), "%s", connection->events);
    long room = connection_write(connection, pattern, 20000);
    EXPECT_EQUAL(room, all_room() - 20000);
    network_run(1000);
    EXPECT(strstr(events(connection), "writable"), "onWritable does not go on");
    EXPECT_EQUAL(connection_write(connection, pattern + 20000, 20000), room);
    network_run(2 * kMinute);
    EXPECT(!strstr(events(connection), "end"), "the end was reported again");
    EXPECT(client_has(connection, 40000), "the client has %zu bytes", connection->client->count);
    EXPECT(!connection->client->ended, "ended before close()");
    connection_close(connection);
    network_run(100);
    EXPECT(connection->client->ended && !connection->client->reset, "no proper end");
    connection_free(connection);
    EXPECT_EQUAL(network_connections(), 0);
}

TEST("tcp: data and end of input together are reported in this order, once each")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    network_wire.held[kToCamera] = true;
    client_send(connection->client, pattern, 1000);
    client_shut(connection->client);
    network_run(100);
    network_wire.held[kToCamera] = false;
    network_run(100);
    EXPECT(!strcmp(events(connection), "readable 1000"), "not only readable");
    EXPECT_EQUAL(connection_read(connection, received, 1000), 1000);
    network_run(kMinute);
    EXPECT(!strcmp(events(connection), "end"), "not only end");
    connection_free(connection);
}

TEST("tcp: without onEnd the end of input is onError after the last byte is read, and write returns undefined")
{
    Connection *connection = open_quiet(kLibraryWindow, false);

    client_send(connection->client, pattern, 1000);
    client_shut(connection->client);
    network_run(100);
    EXPECT(!strcmp(events(connection), "readable 1000"), "not only readable");
    EXPECT_EQUAL(connection_write(connection, pattern, 1), kOver);
    EXPECT_EQUAL(connection_read(connection, received, 1000), 1000);
    network_run(100);
    EXPECT(!strcmp(events(connection), "error"), "not only error");
    client_reset(connection->client);
    network_run(100);
    EXPECT(!*events(connection), "reported again");
    connection_free(connection);
}

TEST("tcp: a reset is onError at once; unread bytes stay readable, and write returns undefined")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    client_send(connection->client, pattern, 5000);
    network_run(1000);
    events(connection);
    client_reset(connection->client);
    network_run(10);
    EXPECT(!strcmp(events(connection), "error"), "not only error");
    EXPECT_EQUAL(network_connections(), 0);
    EXPECT_EQUAL(connection_write(connection, pattern, 1), kOver);
    EXPECT_EQUAL(connection_read(connection, received, sizeof received), 5000);
    EXPECT(!memcmp(received, pattern, 5000), "other bytes");
    network_run(kMinute);
    EXPECT(!*events(connection), "reported again");
    connection_free(connection);
}

TEST("tcp: a reset with unsent answers and an unread end of input is onError only")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    connection->client->stalls = true;
    connection_write(connection, pattern, 20000);
    client_send(connection->client, pattern, 1000);
    client_shut(connection->client);
    network_run(100);
    EXPECT(strstr(events(connection), "readable 1000"), "nothing to read");
    client_reset(connection->client);
    network_run(10);
    EXPECT(!strcmp(events(connection), "error"), "not only error");
    EXPECT_EQUAL(connection_read(connection, received, 1000), 1000);
    network_run(100);
    EXPECT(!*events(connection), "reported again");
    connection_free(connection);
}

TEST("tcp: a write to a client that vanished is answered by a reset")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    network_wire.lose_next[kToCamera] = 1;
    client_reset(connection->client);
    network_run(100);
    EXPECT(!*events(connection), "reported before anything was sent");
    connection_write(connection, pattern, 100);
    network_run(100);
    EXPECT(!strcmp(events(connection), "error"), "not only error");
    connection_free(connection);
}

TEST("tcp: write returns the room in packet buffers; unacknowledged short answers exhaust it, and nothing is lost")
{
    Connection *connection = open_quiet(kLibraryWindow, true);
    size_t count = 0, sent = 0;

    /* Images first: they open the congestion window, so that each answer is sent at once, in its own segment. */
    while (sent < kMany) {
        size_t piece = kMany - sent < (size_t)connection->room ? kMany - sent : (size_t)connection->room;
        connection_write(connection, pattern + sent, piece);
        sent += piece;
        network_run(1000);
    }
    network_wire.held[kToCamera] = true;
    for (; connection->room >= kAnswer; count++) {
        EXPECT(connection_write(connection, pattern + sent, kAnswer) >= 0, "room was reported, and not given");
        sent += kAnswer;
    }
    EXPECT_EQUAL(connection->room, 0);
#ifdef CHIP_LIMITS
    EXPECT(count >= 61 && count <= 81, "%zu answers", count);
#endif
    EXPECT(count >= TCP_SND_QUEUELEN - 1 && count <= TCP_SND_QUEUELEN, "%zu answers", count);
    events(connection);
    EXPECT_EQUAL(connection_write(connection, pattern, kAnswer), kWouldBlock);
    network_wire.held[kToCamera] = false;
    network_run(5000);
    EXPECT(strstr(events(connection), "writable"), "no onWritable");
    EXPECT(client_has(connection, sent), "the client has %zu bytes", connection->client->count);
    EXPECT_EQUAL(connection->room, all_room());
    connection_free(connection);
}

TEST("tcp: a write after an unreported reset returns undefined")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    client_reset(connection->client);
    fake_before_exec = network_hurry;
    EXPECT_EQUAL(connection_write(connection, pattern, 100), kOver);
    network_run(1);
    EXPECT(!strcmp(events(connection), "error"), "not only error");
    connection_free(connection);
}

TEST("tcp: each acknowledgement calls onWritable with the current room")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    EXPECT_EQUAL(connection_write(connection, pattern, (size_t)all_room()), 0);
    network_run(20); /* four segments; the client acknowledges every second one */
    EXPECT(connection->room >= 4 * TCP_MSS && connection->room < all_room(), "%ld", connection->room);
    connection_free(connection);
}

TEST("tcp: with nodelay a short write is sent at once, with earlier ones unacknowledged")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    network_wire.held[kToCamera] = true;
    for (int i = 0; i < 3; i++)
        connection_write(connection, pattern + i * kAnswer, kAnswer);
    network_run(10);
    EXPECT(client_has(connection, 3 * kAnswer), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

/* Reserve and buffers as in room() of lwip-tcp-socket.c. */
enum { kOverhead = 128 };

TEST("tcp: low memory reduces the room below the send buffer; writing continues when memory is free")
{
    Connection *connection = open_quiet(kLibraryWindow, true);
    long segment = TCP_MSS, room;

    fake_free_bytes = kReserve + 3 * (segment + kOverhead);
    room = connection_write(connection, pattern, 100);
    EXPECT(room > 0 && room <= 3 * segment, "%ld", room);
    EXPECT_EQUAL(connection_write(connection, pattern, (size_t)room + 1), kWouldBlock);
    fake_free_bytes = kReserve;
    EXPECT_EQUAL(connection_write(connection, pattern + 100, 100), kWouldBlock);
    network_run(kMinute);
    EXPECT(!*events(connection), "reported without memory");
    fake_free_bytes = kReserve + TCP_SND_BUF * 2;
    network_run(1000);
    EXPECT(strstr(events(connection), "writable"), "no onWritable");
    EXPECT_EQUAL(connection->room, all_room());
    EXPECT_EQUAL(connection_write(connection, pattern + 100, 100), all_room() - 100);
    network_run(1000);
    EXPECT(client_has(connection, 200), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("tcp: a write for which lwIP has no memory would block, and nothing is lost")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    network_memory = 0;
    EXPECT_EQUAL(connection_write(connection, pattern, 5000), kWouldBlock);
    network_memory = -1;
    network_run(1000);
    EXPECT(strstr(events(connection), "writable"), "no onWritable");
    EXPECT_EQUAL(connection_write(connection, pattern, 5000), all_room() - 5000);
    network_run(1000);
    EXPECT(client_has(connection, 5000), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("tcp: sendLimit bounds the unacknowledged bytes, and all bytes arrive; more than the send buffer is the send buffer")
{
    static const int limits[] = {2872, 5744, 17280, 1 << 20};

    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        long limit = limits[i] < all_room() ? limits[i] : all_room();
        size_t sent = 0;

        connection_free(open_quiet(kLibraryWindow, true));
        class_send_limit = limits[i];
        Connection *connection = connection_open(kLibraryWindow, true);
        EXPECT_EQUAL(connection->room, limit);
        EXPECT_EQUAL(connection_write(connection, pattern, (size_t)limit + 1), kWouldBlock);
        network_run(1000);
        while (sent < kMany) {
            size_t count = kMany - sent < (size_t)connection->room ? kMany - sent : (size_t)connection->room;
            EXPECT(connection_write(connection, pattern + sent, count) >= 0, "room was reported, and not given");
            sent += count;
            EXPECT(connection->room <= limit, "room of %ld", connection->room);
            EXPECT(sent - connection->client->count <= (size_t)limit, "%zu bytes wait", sent - connection->client->count);
            network_run(50);
            events(connection);
        }
        network_run(1000);
        EXPECT(client_has(connection, kMany), "the client has %zu bytes", connection->client->count);
        connection_free(connection);
    }
}

TEST("tcp: a write beyond the room takes nothing, and onWritable follows")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    EXPECT_EQUAL(connection_write(connection, pattern, (size_t)all_room() + 1), kWouldBlock);
    EXPECT_EQUAL(connection_write(connection, pattern, 0), all_room());
    EXPECT_EQUAL(connection_write(connection, pattern, (size_t)all_room() + 1), kWouldBlock);
    network_run(1000);
    EXPECT(strstr(events(connection), "writable"), "no onWritable");
    EXPECT_EQUAL(connection->client->count, 0);
    connection_free(connection);
}

TEST("tcp: a peer that acknowledges nothing for a minute is dropped, half-closed or not; an idle one is not")
{
    for (int half_closed = 0; half_closed < 2; half_closed++) {
        Connection *connection = open_quiet(2000, true);

        network_run(10 * kMinute);
        EXPECT(!*events(connection), "an idle client was dropped");
        connection->client->stalls = true;
        if (half_closed)
            client_shut(connection->client);
        connection_write(connection, pattern, 10000);
        network_run(kMinute - 5000);
        EXPECT(!strstr(events(connection), "error"), "dropped before a minute was over");
        network_run(10000);
        EXPECT(!strcmp(events(connection), "error"), "not dropped");
        EXPECT_EQUAL(connection_write(connection, pattern, 1), kOver);
        EXPECT_EQUAL(network_connections(), 0);
        network_run(1000);
        connection_free(connection);
    }
}

TEST("tcp: a slow peer is not dropped")
{
    Connection *connection = open_quiet(2000, true);

    connection->client->stalls = true;
    connection_write(connection, pattern, 20000);
    for (int i = 0; i < 20; i++) {
        network_run(kMinute - 10000);
        EXPECT(!strstr(events(connection), "error"), "dropped");
        client_resume(connection->client);
        connection->client->stalls = true;
    }
    client_resume(connection->client);
    network_run(kMinute);
    EXPECT(client_has(connection, 20000), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("tcp: keep-alive detects a client that vanished, also after the end of its input")
{
    for (int half_closed = 0; half_closed < 2; half_closed++) {
        Connection *connection = open_quiet(kLibraryWindow, true);

        if (half_closed)
            client_shut(connection->client);
        network_run(1000);
        events(connection);
        network_wire.held[kToCamera] = network_wire.held[kToClient] = true;
        network_run(9000);
        EXPECT(!*events(connection), "dropped before it was probed");
        network_run(21000);
        EXPECT(!strcmp(events(connection), "error"), "not dropped");
        network_wire.held[kToCamera] = network_wire.held[kToClient] = false;
        connection_free(connection);
    }
}

TEST("tcp: close sends the written bytes with input unread and more arriving")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    client_send(connection->client, pattern, 2 * kMany);
    network_run(5000); /* more than a window, so the client waits */
    EXPECT(client_unsent(connection->client) > 0, "all was sent");
    connection_write(connection, pattern, 20000);
    connection_close(connection);
    network_run(5000);
    EXPECT(client_has(connection, 20000), "the client has %zu bytes", connection->client->count);
    EXPECT(connection->client->ended && !connection->client->reset, "no proper end");
    EXPECT_EQUAL(client_unsent(connection->client), 0);
    client_shut(connection->client);
    network_run(1000);
    EXPECT_EQUAL(network_connections(), 0);
    connection_free(connection);
}

TEST("tcp: a closed connection ends after ten seconds in any case")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    connection_close(connection);
    network_run(9000);
    EXPECT_EQUAL(network_connections(), 1);
    network_run(2000);
    EXPECT_EQUAL(network_connections(), 0);
    EXPECT(connection->client->reset, "the client was not reset");
    connection_free(connection);
}

TEST("tcp: events posted to a full XS queue are delivered when it has room")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    fake_queue_length = 0;
    client_send(connection->client, pattern, 100);
    client_shut(connection->client);
    network_run(1000);
    EXPECT(!*events(connection), "reported without a message");
    fake_queue_length = 1;
    network_run(10);
    EXPECT(!strcmp(events(connection), "readable 100"), "not readable");
    connection_free(connection);
}

static const char *closing_event;

static void close_at_event(Connection *connection, const char *event)
{
    if (!strcmp(event, closing_event))
        connection_close(connection);
    else
        connection_read(connection, received, sizeof received);
}

TEST("tcp: each callback may close the connection, and none follows")
{
    static const struct {
        const char *event, *expected;
    } cases[] = {{"readable", "readable 1000"}, {"end", "readable 1000, end"}, {"writable", NULL}, {"error", "error"}};

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        Connection *connection = open_quiet(kLibraryWindow, true);

        closing_event = cases[i].event;
        connection->react = close_at_event;
        if (!strcmp(closing_event, "error"))
            client_reset(connection->client);
        else {
            connection_write(connection, pattern, 1000);
            client_send(connection->client, pattern, 1000);
            client_shut(connection->client);
        }
        network_run(1000);
        EXPECT(connection->closed, "no %s", closing_event);
        EXPECT(!cases[i].expected || strstr(connection->events, cases[i].expected), "%s", connection->events);
        connection_free(connection);
    }
}

TEST("tcp: a message under way at close reports nothing")
{
    Connection *connection = open_quiet(kLibraryWindow, true);

    fake_queue_length = 0;
    client_send(connection->client, pattern, 1000);
    network_run(100);
    connection_close(connection);
    fake_queue_length = 10;
    network_run(100);
    EXPECT(!*events(connection), "reported after close()");
    connection_free(connection);
}

TEST("tcp: a connection to a server exchanges bytes and reports its end")
{
    class_reset();
    Client *server = client_listen(kServerPort);
    Connection *connection = connection_connect(server, kServerPort);
    network_run(100);
    EXPECT(server->connected, "not connected");
    EXPECT(!strncmp(events(connection), "writable ", 9), "not writable");
    EXPECT(connection_write(connection, pattern, 200) > 0, "not written");
    network_run(100);
    EXPECT(client_has(connection, 200), "%zu bytes received", server->count);
    client_send(server, pattern, 100);
    network_run(100);
    EXPECT_EQUAL(connection_read(connection, received, sizeof received), 100);
    EXPECT(!memcmp(received, pattern, 100), "wrong bytes");
    events(connection);
    client_shut(server);
    network_run(100);
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "error"), "%s", reported);
    connection_free(connection);
}

TEST("tcp: a refused connection and a server that does not answer are onError, once")
{
    for (int answers = 0; answers < 2; answers++) {
        class_reset();
        network_wire.held[kToClient] = !answers;
        Connection *connection = connection_connect(NULL, kServerPort);
        network_run(answers ? 100 : 3 * kMinute);
        const char *reported = events(connection);
        EXPECT(!strcmp(reported, "error"), "%s", reported);
        network_wire.held[kToClient] = false;
        connection_free(connection);
    }
}

TEST("tcp: a connection can be closed before it is established")
{
    class_reset();
    Client *server = client_listen(kServerPort);
    Connection *connection = connection_connect(server, kServerPort);
    connection_close(connection);
    network_run(100);
    EXPECT(!*events(connection), "reported after close()");
    connection_free(connection);
}

TEST("listener: connections wait to be read, with the bytes that they receive meanwhile")
{
    Client *clients[3];

    class_reset();
    for (int i = 0; i < 3; i++) {
        clients[i] = client_connect(kLibraryWindow);
        network_run(50);
        EXPECT_EQUAL(class_waiting(), i + 1);
    }
    client_send(clients[1], pattern, 200);
    network_run(100);
    for (int i = 0; i < 3; i++) {
        Connection *connection = connection_accept(clients[i], true);
        EXPECT(connection, "%d is missing", i);
        network_run(1);
        EXPECT(!strncmp(connection->events, i == 1 ? "readable 200, writable" : "writable", 8), "%s", connection->events);
        connection_free(connection);
    }
    EXPECT(!connection_accept(NULL, true), "one too many");
}

TEST("listener: a connection that ends before it is read reports its end or error")
{
    for (int reset = 0; reset < 2; reset++) {
        class_reset();
        Client *client = client_connect(kLibraryWindow);
        network_run(100);
        client_send(client, pattern, 300);
        if (reset)
            network_run(1000), client_reset(client);
        else
            client_shut(client);
        network_run(1000);
        Connection *connection = connection_accept(client, true);
        network_run(1);
        if (reset)
            EXPECT(!strcmp(events(connection), "readable 300, error"), "other events");
        else
            EXPECT(strstr(events(connection), "readable 300"), "nothing to read");
        EXPECT_EQUAL(connection_read(connection, received, sizeof received), 300);
        network_run(1);
        EXPECT(!strcmp(events(connection), reset ? "" : "end"), "other events at the end");
        connection_free(connection);
    }
}

TEST("listener: a connection accepted while XS's queue is full is reported when it has room")
{
    class_reset();
    fake_queue_length = 0;
    Client *client = client_connect(kLibraryWindow);
    network_run(100);
    EXPECT_EQUAL(class_waiting(), 0);
    fake_queue_length = 10;
    network_run(10);
    EXPECT_EQUAL(class_waiting(), 1);
    connection_free(connection_accept(client, true));
}

TEST("listener: connections above its limit are reset, and the others continue")
{
    enum { kHeld = 8, kClients = 10 };
    Client *clients[kClients];

    class_reset();
    for (int i = 0; i < kClients; i++) {
        clients[i] = client_connect(kLibraryWindow);
        network_run(50);
    }
    EXPECT_EQUAL(class_waiting(), kHeld);
    for (int i = 0; i < kClients; i++) {
        EXPECT_EQUAL(clients[i]->reset, i >= kHeld);
        if (i < kHeld)
            connection_free(connection_accept(clients[i], true));
        else
            client_free(clients[i]);
    }
}
