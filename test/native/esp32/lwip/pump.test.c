/* SPDX-License-Identifier: Apache-2.0 */

/*
 * pump() of class TCP over the real lwIP, whose clients acknowledge every second segment. Each test reads all callbacks: JavaScript runs only
 * for what is expected.
 */

#include "../../harness.h"

#include <stdio.h>
#include <string.h>

#include "../fake-chip.h"
#include "tcp-class.h"

enum { kImage = 51985, kUseful = 2 * 1436, kReserve = 24576, kSendBuffer = 28672, kOverhead = 128, kMinute = 60000 };

static uint8_t image[2 * kImage], received[1000];

/* `limit`: sendLimit; 0: the chip's send buffer, as the library's own takes a whole image. */
static Connection *open_quiet(uint16_t window, int limit)
{
    for (size_t i = 0; i < sizeof image; i++)
        image[i] = (uint8_t)(i * 31 + i / 256);
    class_reset();
    class_send_limit = limit ? limit : kSendBuffer;
    Connection *connection = connection_open(window, true);
    events(connection);
    return connection;
}

static bool client_has(const Connection *connection, size_t count)
{
    return connection->client->count == count && !memcmp(connection->client->bytes, image, count);
}

static void run_until(Connection *connection, const char *event)
{
    for (int turn = 0; turn < 2000 && !strstr(connection->events, event); turn++)
        network_run(100);
}

TEST("pump: an image takes one callback, and no write but the last is below two segments")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    EXPECT_EQUAL(connection_pump(connection, image, kImage, kImage), false);
    run_until(connection, "pumped");
    network_run(1000);
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "pumped 51985"), "%s", reported);
    EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
    size_t sum = 0;
    for (size_t i = 0; i < class_read_count; i++) {
        sum += class_reads[i];
        EXPECT(class_reads[i] >= kUseful || sum == kImage, "read %zu has %zu bytes", i, class_reads[i]);
    }
    EXPECT_EQUAL(sum, kImage);
    connection_free(connection);
}

TEST("pump: the same bytes with any window, send limit, delay and loss")
{
    static const uint16_t windows[] = {kLibraryWindow, 512, 2000, 5000};
    static const int limits[] = {0, 2872, 5744, 17280};

    for (size_t i = 0; i < sizeof windows / sizeof windows[0]; i++) {
        for (size_t j = 0; j < sizeof limits / sizeof limits[0]; j++) {
            Connection *connection = open_quiet(windows[i], limits[j]);

            network_wire.loss = 3;
            EXPECT_EQUAL(connection_pump(connection, image, kImage, kImage), false);
            run_until(connection, "pumped");
            network_run(kMinute);
            const char *reported = events(connection);
            EXPECT(!strcmp(reported, "pumped 51985"), "%s", reported);
            EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
            connection_free(connection);
        }
    }
}

TEST("pump: what fits at once needs no callback")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    EXPECT_EQUAL(connection_pump(connection, image, 20000, 20000), true);
    network_run(1000);
    EXPECT(!*connection->events, "%s", connection->events);
    EXPECT(client_has(connection, 20000), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: no write and no other source until it is over; then the next write brings onWritable back")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);
    long room = connection->room;

    EXPECT_EQUAL(connection_pump(connection, image, kImage, kImage), false);
    EXPECT_EQUAL(connection_pump(connection, image, 10, 10), kRefused);
    run_until(connection, "pumped");
    network_run(1000);
    EXPECT(!strcmp(events(connection), "pumped 51985"), "other callbacks");
    EXPECT_EQUAL(connection_write(connection, image + kImage, 0), room);
    EXPECT(connection_write(connection, image + kImage, 1000) > 0, "not written");
    network_run(1000);
    EXPECT(strstr(events(connection), "writable"), "no onWritable");
    EXPECT(client_has(connection, kImage + 1000), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: the source stays alive until it is written, and not longer")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);
    int before = class_sources();

    connection_pump(connection, image, kImage, kImage);
    EXPECT_EQUAL(class_sources(), before + 1);
    run_until(connection, "pumped");
    EXPECT_EQUAL(class_sources(), before);
    EXPECT(client_has(connection, kImage) || connection->client->count < kImage, "too many bytes");
    connection_free(connection);
}

TEST("pump: a half-closed client gets all of it")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    connection_pump(connection, image, kImage, kImage);
    client_shut(connection->client);
    run_until(connection, "pumped");
    network_run(1000);
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "end, pumped 51985"), "%s", reported);
    EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: a reset and a client that stops reading are onError only; the source is freed with the object")
{
    for (int stalls = 0; stalls < 2; stalls++) {
        Connection *connection = open_quiet(2000, 0);
        int before = class_sources();

        connection->client->stalls = stalls;
        connection_pump(connection, image, kImage, kImage);
        network_run(20);
        if (!stalls)
            client_reset(connection->client);
        network_run(2 * kMinute);
        const char *reported = events(connection);
        EXPECT(!strcmp(reported, "error"), "%s", reported);
        EXPECT_EQUAL(connection_pump(connection, image, kImage, kImage), kRefused);
        connection_free(connection);
        EXPECT_EQUAL(class_sources(), before);
    }
}

TEST("pump: a connection that is over takes no source")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    client_reset(connection->client);
    network_run(10);
    EXPECT_EQUAL(connection_pump(connection, image, kImage, kImage), kOver);
    EXPECT_EQUAL(class_read_count, 0);
    connection_free(connection);
}

TEST("pump: close at any moment sends what was written, and reads no more")
{
    for (uint32_t moment = 0; moment < 60; moment += 3) {
        Connection *connection = open_quiet(5000, 5744);
        size_t written = 0;

        connection_pump(connection, image, kImage, kImage);
        network_run(moment);
        connection_close(connection);
        for (size_t i = 0; i < class_read_count; i++)
            written += class_reads[i];
        network_run(5000);
        EXPECT(client_has(connection, written), "the client has %zu bytes of %zu", connection->client->count, written);
        EXPECT(connection->client->ended && !connection->client->reset, "no proper end");
        connection_free(connection);
    }
}

static void close_at_pumped(Connection *connection, const char *event)
{
    if (!strcmp(event, "pumped"))
        connection_close(connection);
}

TEST("pump: onPumped may close the connection, or start the next source")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    connection->react = close_at_pumped;
    connection_pump(connection, image, kImage, kImage);
    network_run(5000);
    EXPECT(connection->closed, "not pumped");
    EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

static void pump_again(Connection *connection, const char *event)
{
    static const size_t kSecond = kImage;

    if (!strcmp(event, "pumped") && connection->client->count < kImage)
        connection_pump(connection, image + kSecond, kImage, kImage);
}

TEST("pump: sources follow each other without a gap")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    connection->react = pump_again;
    connection_pump(connection, image, kImage, kImage);
    network_run(10000);
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "pumped 51985, pumped 51985"), "%s", reported);
    EXPECT(client_has(connection, 2 * kImage), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: a source that ends early is reported with the bytes that were written")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    EXPECT_EQUAL(connection_pump(connection, image, 100, 101), kRefused);
    EXPECT_EQUAL(connection_pump(connection, image + 100, kImage - 100, kImage), false);
    run_until(connection, "pumped");
    network_run(1000);
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "pumped 51885"), "%s", reported);
    EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: low memory slows it down, and does not stop it")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    fake_free_bytes = kReserve + TCP_MSS + kOverhead; /* one segment: less than a useful amount */
    connection_pump(connection, image, kImage, kImage);
    run_until(connection, "pumped");
    network_run(1000);
    EXPECT(!strcmp(events(connection), "pumped 51985"), "other callbacks");
    EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
    connection_free(connection);
}

TEST("pump: a part for which lwIP has no memory is kept and written later")
{
    for (int32_t blocks = 0; blocks < 40; blocks++) {
        Connection *connection = open_quiet(kLibraryWindow, 0);

        network_memory = blocks;
        connection_pump(connection, image, kImage, kImage);
        network_memory = -1;
        run_until(connection, "pumped");
        network_run(1000);
        const char *reported = events(connection);
        EXPECT(!strcmp(reported, "pumped 51985"), "%s", reported);
        EXPECT(client_has(connection, kImage), "the client has %zu bytes", connection->client->count);
        connection_free(connection);
    }
}

TEST("pump: bytes from the client are reported meanwhile")
{
    Connection *connection = open_quiet(kLibraryWindow, 0);

    connection_pump(connection, image, kImage, kImage);
    client_send(connection->client, "stream_off", 10);
    network_run(20);
    EXPECT_EQUAL(connection_read(connection, received, sizeof received), 10);
    run_until(connection, "pumped");
    const char *reported = events(connection);
    EXPECT(!strcmp(reported, "readable 10, pumped 51985"), "%s", reported);
    connection_free(connection);
}
