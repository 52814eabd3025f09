/* SPDX-License-Identifier: Apache-2.0 */

/* Connections of the ESP32 (platforms/esp32/native/lwip-stream.c) against a fake of lwIP. ASan sees what is freed twice or not at all. */

#include "../harness.h"

#include <string.h>

#include "fake-chip.h"
#include "fake-timer.h"
#include "lwip-stream.h"

static uint32_t told; /* all events so far */
static int owner;

static void note(xsMachine *the, void *who, uint32_t events)
{
    (void)the;
    if (who == &owner)
        told |= events;
}

/* What was told since the last time, once everything is handed over. */
static uint32_t events(void)
{
    fake_deliver();
    uint32_t result = told;
    told = 0;
    return result;
}

static Stream *open_stream(FakeConnection *connection)
{
    fake_queue_length = 10;
    fake_free_bytes = 100000;
    Stream *stream = stream_new(NULL, &connection->pcb);
    stream_adopt(stream, &owner, note);
    told = 0;
    return stream;
}

static void finish(Stream *stream, FakeConnection *connection)
{
    stream_close(stream);
    events();
    fake_free(connection);
}

TEST("stream: bytes come in order, whatever the packets and the reads")
{
    enum { kTotal = 200000, kWindow = 16384, kPacket = 1460 };
    static uint8_t sent[kTotal], received[kTotal];
    Random random = {1};
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);
    size_t in = 0, out = 0;

    for (size_t i = 0; i < kTotal; i++)
        sent[i] = (uint8_t)random_next(&random);
    while (out < kTotal) {
        size_t count = 1 + random_below(&random, kPacket);
        if (in + count > kTotal)
            count = kTotal - in;
        if (count && in + count - out <= kWindow && random_below(&random, 3)) {
            fake_send(connection, sent + in, count);
            in += count;
        }
        size_t readable = stream_readable(stream);
        EXPECT_EQUAL(readable, in - out);
        if (readable && random_below(&random, 2)) {
            count = 1 + random_below(&random, (uint32_t)readable);
            stream_read(stream, received + out, count);
            out += count;
        }
    }
    EXPECT(!memcmp(sent, received, kTotal), "other bytes were read");
    EXPECT_EQUAL(connection->acknowledged, kTotal);
    EXPECT_EQUAL(fake_pbufs, 0);
    finish(stream, connection);
}

TEST("stream: what was not read is freed with it")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);
    uint8_t bytes[10] = {0};

    fake_send(connection, bytes, sizeof bytes);
    fake_send(connection, bytes, sizeof bytes);
    stream_read(stream, bytes, 3);
    EXPECT_EQUAL(fake_pbufs, 2);
    EXPECT_EQUAL(events(), kStreamWritable | kStreamReadable);
    stream_close(stream);
    EXPECT_EQUAL(fake_pbufs, 0);
    EXPECT(connection->closed, "not closed");
    fake_free(connection);
}

TEST("stream: many events are one message")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    fake_deliver();
    for (int i = 0; i < 100; i++)
        fake_send(connection, (const uint8_t *)"x", 1);
    EXPECT_EQUAL(fake_deliver(), 1);
    finish(stream, connection);
}

TEST("stream: an event that found the queue full is answered when there is room again")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    EXPECT_EQUAL(events(), kStreamWritable);
    fake_queue_length = 0;
    fake_send(connection, (const uint8_t *)"x", 1);
    EXPECT_EQUAL(events(), 0);
    fake_queue_length = 10;
    fake_run_timers();
    EXPECT_EQUAL(events(), kStreamReadable);
    finish(stream, connection);
}

TEST("stream: writing takes what fits the send buffer, and no more")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);
    static uint8_t bytes[kFakeSendBytes + 1];

    EXPECT_EQUAL(stream_writable(stream), kFakeSendBytes);
    EXPECT_EQUAL(stream_write(stream, bytes, sizeof bytes), ESP_ERR_NO_MEM);
    EXPECT_EQUAL(connection->written, 0);
    EXPECT_EQUAL(stream_write(stream, bytes, 1000), ESP_OK);
    EXPECT_EQUAL(stream_writable(stream), kFakeSendBytes - 1000);
    fake_acknowledge(connection);
    EXPECT_EQUAL(stream_writable(stream), kFakeSendBytes);
    EXPECT_EQUAL(events() & kStreamWritable, kStreamWritable);
    finish(stream, connection);
}

TEST("stream: many short writes are taken while lwIP has packet buffers for them, and again when the peer has acknowledged some")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);
    size_t count = 0;

    while (stream_writable(stream) > 0 && count < 2 * TCP_SND_QUEUELEN) {
        EXPECT_EQUAL(stream_write(stream, "answer", 6), ESP_OK);
        count++;
    }
    EXPECT(count < TCP_SND_QUEUELEN, "%zu writes", count);
    fake_acknowledge(connection);
    EXPECT_EQUAL(events() & kStreamWritable, kStreamWritable);
    EXPECT_EQUAL(stream_writable(stream), kFakeSendBytes);
    finish(stream, connection);
}

TEST("stream: with little memory left nothing more is taken, and writing goes on when there is some again")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    stream_write(stream, "x", 1);
    fake_free_bytes = 20000;
    fake_acknowledge(connection);
    EXPECT_EQUAL(stream_writable(stream), 0);
    events();
    fake_poll(connection);
    EXPECT_EQUAL(events(), 0);
    fake_free_bytes = 40000;
    fake_poll(connection);
    EXPECT_EQUAL(events(), kStreamWritable);
    EXPECT_EQUAL(stream_writable(stream), kFakeSendBytes);
    finish(stream, connection);
}

TEST("stream: keepalive and no Nagle")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    stream_tune(stream, false, 0);
    EXPECT_EQUAL(connection->pcb.so_options & SOF_KEEPALIVE, 0);
    stream_tune(stream, true, 10000);
    EXPECT_EQUAL(connection->pcb.so_options & SOF_KEEPALIVE, SOF_KEEPALIVE);
    EXPECT_EQUAL(connection->pcb.keep_idle, 10000);
    EXPECT_EQUAL(connection->pcb.keep_intvl, 5000);
    EXPECT_EQUAL(connection->pcb.keep_cnt, 3);
    EXPECT(connection->nodelay, "Nagle is on");
    finish(stream, connection);
}

TEST("stream: a peer that takes nothing for a minute is given up, an idle one is not")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    for (int i = 0; i < 1000; i++)
        fake_poll(connection);
    EXPECT(!connection->aborted, "given up while nothing waited");
    stream_write(stream, "x", 1);
    for (int i = 0; i < 119; i++)
        fake_poll(connection);
    EXPECT(!connection->aborted, "given up before a minute was over");
    events();
    fake_poll(connection);
    EXPECT(connection->aborted, "not given up");
    EXPECT_EQUAL(events(), kStreamEnded);
    EXPECT(stream_ended(stream), "not ended");
    finish(stream, connection);
}

TEST("stream: a slow peer is not a stalled one")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    for (int i = 0; i < 1000; i++) {
        stream_write(stream, "x", 1);
        for (int j = 0; j < 100; j++)
            fake_poll(connection);
        fake_acknowledge(connection);
    }
    EXPECT(!connection->aborted, "given up");
    finish(stream, connection);
}

TEST("stream: one that is reset before anybody has it is found ended")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = stream_new(NULL, &connection->pcb);

    fake_send(connection, (const uint8_t *)"x", 1);
    fake_reset(connection);
    fake_deliver();
    stream_tune(stream, true, 10000);
    stream_adopt(stream, &owner, note);
    EXPECT_EQUAL(events(), kStreamReadable | kStreamWritable | kStreamEnded);
    EXPECT_EQUAL(stream_write(stream, "x", 1), ESP_OK);
    EXPECT_EQUAL(connection->written, 0);
    stream_close(stream);
    EXPECT(!connection->closed, "a pcb that is gone was closed");
    EXPECT_EQUAL(fake_pbufs, 0);
    fake_free(connection);
}

TEST("stream: after the peer has finished, what it sent can be read")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);
    uint8_t bytes[3];

    fake_send(connection, (const uint8_t *)"abc", 3);
    fake_finish(connection);
    EXPECT(stream_ended(stream), "not ended");
    EXPECT_EQUAL(stream_writable(stream), 0);
    EXPECT_EQUAL(stream_readable(stream), 3);
    stream_read(stream, bytes, 3);
    EXPECT(!memcmp(bytes, "abc", 3), "other bytes");
    fake_poll(connection);
    EXPECT_EQUAL(stream_writable(stream), 0);
    finish(stream, connection);
}

TEST("stream: closed with a message under way, nothing is told")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    events();
    fake_send(connection, (const uint8_t *)"x", 1);
    stream_close(stream);
    EXPECT_EQUAL(events(), 0);
    fake_free(connection);
}

TEST("stream: a closed one has ten seconds to send what is left")
{
    FakeConnection *connection = fake_connection();
    Stream *stream = open_stream(connection);

    stream_write(stream, "x", 1);
    stream_close(stream);
    for (int i = 0; i < 19; i++)
        fake_poll(connection);
    EXPECT(!connection->aborted, "ended early");
    fake_poll(connection);
    EXPECT(connection->aborted, "left alone");
    events();
    fake_free(connection);
}
