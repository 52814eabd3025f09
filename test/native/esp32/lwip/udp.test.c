/* SPDX-License-Identifier: Apache-2.0 */

/* UDP of the ESP32 (platforms/esp32/native/lwip-udp-socket.c) over the real lwIP. ASan detects what is freed twice or never. */

#include "../../harness.h"

#include <string.h>

#include "../fake-chip.h"
#include "../fake-timer.h"
#include "lwip-udp-socket.h"
#include "network.h"

/* 192.168.4.2 and 224.0.0.251 in network byte order. */
enum { kPeer = 0x0204a8c0, kOther = 0x0304a8c0, kPeerPort = 40000, kPort = 5353 };
/* Other than lwIP's default. */
enum { kTimeToLive = 7 };
/* The camera's address, 10.0.0.1; it has a second interface. */
enum { kCamera = 0x0100000a, kInterfaces = 2 };
static const uint32_t kGroup = 0xfb0000e0, kOtherGroup = 0xfc0000e0;

static int owner;
static uint32_t calls, reported; /* number of calls, and the last count */

static void note(xsMachine *the, void *who, uint32_t count)
{
    (void)the;
    if (who == &owner) {
        calls++;
        reported = count;
    }
}

static size_t idle; /* blocks of lwIP with the socket open and idle */

static void reset(void)
{
    network_reset();
    calls = reported = 0;
}

static esp_err_t try_open(UdpSocket **socket, uint16_t port, uint32_t group)
{
    const UdpSocketOptions options = {.port = port, .timeToLive = kTimeToLive, .group = group};
    calls = reported = 0;
    *socket = NULL;
    return udp_socket_open(socket, NULL, &options, &owner, note);
}

static UdpSocket *open_socket(void)
{
    UdpSocket *socket;
    reset();
    try_open(&socket, kPort, 0);
    idle = network_blocks;
    return socket;
}

static void close_socket(UdpSocket *socket)
{
    udp_socket_close(socket);
    fake_deliver();
}

/* Reads all datagrams. Returns their number. */
static size_t read_all(UdpSocket *socket)
{
    size_t count = 0;
    for (; udp_socket_first(socket); count++)
        udp_socket_drop_first(socket);
    return count;
}

TEST("udp: datagrams arrive in order, complete and with their sender")
{
    UdpSocket *socket = open_socket();
    static uint8_t bytes[2500];
    Random random = {1};

    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)random_next(&random);
    network_datagram(bytes, sizeof bytes, kPeer, kPeerPort, kCamera, kPort);
    network_datagram("ab", 2, kOther, 5353, kCamera, kPort);
    const Datagram *first = udp_socket_first(socket);
    EXPECT(first, "none");
    EXPECT_EQUAL(first->length, sizeof bytes);
    EXPECT(!memcmp(first->bytes, bytes, sizeof bytes), "other bytes");
    EXPECT_EQUAL(first->address, kPeer);
    EXPECT_EQUAL(first->port, kPeerPort);
    udp_socket_drop_first(socket);
    const Datagram *second = udp_socket_first(socket);
    EXPECT(second && second->length == 2 && !memcmp(second->bytes, "ab", 2), "another second one");
    EXPECT_EQUAL(second->address, kOther);
    EXPECT_EQUAL(second->port, 5353);
    udp_socket_drop_first(socket);
    EXPECT(!udp_socket_first(socket), "a third one");
    close_socket(socket);
}

TEST("udp: an empty datagram is delivered")
{
    UdpSocket *socket = open_socket();

    network_datagram("", 0, kPeer, kPeerPort, kCamera, kPort);
    EXPECT(udp_socket_first(socket), "none");
    EXPECT_EQUAL(udp_socket_first(socket)->length, 0);
    close_socket(socket);
}

TEST("udp: several datagrams are one message with their number")
{
    UdpSocket *socket = open_socket();

    for (int i = 0; i < 5; i++)
        network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(calls, 1);
    EXPECT_EQUAL(reported, 5);
    udp_socket_drop_first(socket);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_deliver();
    EXPECT_EQUAL(calls, 2);
    EXPECT_EQUAL(reported, 5);
    close_socket(socket);
}

TEST("udp: a datagram read before its message is not reported")
{
    UdpSocket *socket = open_socket();

    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 1);
    fake_deliver();
    EXPECT_EQUAL(calls, 0);
    close_socket(socket);
}

TEST("udp: a datagram received while XS's queue is full is reported when it has room")
{
    UdpSocket *socket = open_socket();

    fake_queue_length = 0;
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_queue_length = 10;
    fake_deliver();
    EXPECT_EQUAL(calls, 0);
    fake_run_timers();
    fake_deliver();
    EXPECT_EQUAL(reported, 1);
    close_socket(socket);
}

TEST("udp: of a flood the first sixteen are queued, and no buffer of the driver")
{
    UdpSocket *socket = open_socket();
    size_t before = fake_psram_blocks;

    for (int i = 0; i < 10000; i++) {
        uint8_t byte = (uint8_t)i;
        network_datagram(&byte, 1, kPeer, kPeerPort, kCamera, kPort);
    }
    EXPECT_EQUAL(network_blocks, idle);
    EXPECT_EQUAL(fake_psram_blocks - before, 16);
    for (int i = 0; i < 16; i++) {
        EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], i);
        udp_socket_drop_first(socket);
    }
    EXPECT(!udp_socket_first(socket), "more than sixteen");
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 1);
    close_socket(socket);
}

TEST("udp: of a flood of long datagrams eight kilobytes are queued")
{
    UdpSocket *socket = open_socket();
    static uint8_t bytes[1472];

    for (int i = 0; i < 1000; i++)
        network_datagram(bytes, sizeof bytes, kPeer, kPeerPort, kCamera, kPort);
    EXPECT(fake_psram_bytes < 8192 + 16 * sizeof(Datagram), "%zu bytes are kept", fake_psram_bytes);
    /* There is room for a short one. */
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 8192 / sizeof bytes + 1);
    EXPECT_EQUAL(fake_psram_bytes, 0);
    network_datagram(bytes, sizeof bytes, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 1);
    close_socket(socket);
}

TEST("udp: without memory a datagram is lost, and only this one")
{
    UdpSocket *socket = open_socket();

    network_datagram("a", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_no_memory = true;
    network_datagram("b", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_no_memory = false;
    network_datagram("c", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(network_blocks, idle);
    EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], 'a');
    udp_socket_drop_first(socket);
    EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], 'c');
    close_socket(socket);
}

TEST("udp: a sent datagram has its bytes, address, port and time to live, unicast and multicast")
{
    UdpSocket *socket = open_socket();

    EXPECT_EQUAL(udp_socket_send(socket, "hello", 5, kPeer, kPeerPort), ESP_OK);
    EXPECT_EQUAL(network_sent.count, 5);
    EXPECT(!memcmp(network_sent.bytes, "hello", 5), "other bytes");
    EXPECT_EQUAL(network_sent.address, kPeer);
    EXPECT_EQUAL(network_sent.port, kPeerPort);
    EXPECT_EQUAL(network_sent.ttl, kTimeToLive);
    EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kGroup, 5353), ESP_OK);
    EXPECT_EQUAL(network_sent.address, kGroup);
    EXPECT_EQUAL(network_sent.ttl, kTimeToLive);
    EXPECT_EQUAL(udp_socket_send(socket, "", 0, kPeer, kPeerPort), ESP_OK);
    EXPECT_EQUAL(network_sent.count, 0);
    EXPECT_EQUAL(network_blocks, idle);
    close_socket(socket);
}

TEST("udp: sending without memory is an error, and later datagrams are sent")
{
    UdpSocket *socket = open_socket();

    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    network_memory = 0;
    EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), ESP_ERR_NO_MEM);
    network_memory = -1;
    EXPECT_EQUAL(network_datagrams, 0);
    EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), ESP_OK);
    EXPECT_EQUAL(read_all(socket), 1);
    close_socket(socket);
}

TEST("udp: a datagram that lwIP or the driver refuses is an error, and is freed")
{
    UdpSocket *socket = open_socket();
    static const struct {
        err_t error;
        esp_err_t expected;
    } kCases[] = {{ERR_MEM, ESP_ERR_NO_MEM}, {ERR_BUF, ESP_ERR_NO_MEM}, {ERR_VAL, ESP_FAIL}};

    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        network_output_error = kCases[i].error;
        EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), kCases[i].expected);
        EXPECT_EQUAL(network_blocks, idle);
    }
    network_output_error = ERR_OK;
    network_unreachable = true;
    EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), ESP_ERR_NOT_FOUND);
    EXPECT_EQUAL(network_blocks, idle);
    close_socket(socket);
}

TEST("udp: groups are joined in lwIP's task, once each, and left at close")
{
    UdpSocket *socket;

    reset();
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_OK);
    EXPECT_EQUAL(network_joined(kGroup), kInterfaces);
    EXPECT_EQUAL(udp_socket_join(socket, kGroup), ESP_OK);
    EXPECT_EQUAL(network_joined(kGroup), kInterfaces);
    EXPECT_EQUAL(udp_socket_join(socket, kOtherGroup), ESP_OK);
    EXPECT_EQUAL(network_joined(kOtherGroup), kInterfaces);
    close_socket(socket);
    EXPECT_EQUAL(network_joined(kGroup), 0);
    EXPECT_EQUAL(network_joined(kOtherGroup), 0);
}

TEST("udp: a socket leaves only groups that it has joined, and can join again")
{
    UdpSocket *socket = open_socket();

    udp_socket_leave(socket, kGroup);
    for (int i = 0; i < 100; i++) {
        EXPECT_EQUAL(udp_socket_join(socket, kGroup), ESP_OK);
        udp_socket_leave(socket, kGroup);
        udp_socket_leave(socket, kGroup);
    }
    EXPECT_EQUAL(network_joined(kGroup), 0);
    close_socket(socket);
}

TEST("udp: joining more groups than the limit is an error without effect")
{
    UdpSocket *socket = open_socket();

    for (uint32_t i = 0; i < 4; i++)
        EXPECT_EQUAL(udp_socket_join(socket, kGroup - (i << 24)), ESP_OK);
    EXPECT_EQUAL(udp_socket_join(socket, kOtherGroup), ESP_ERR_NO_MEM);
    EXPECT_EQUAL(network_joined(kOtherGroup), 0);
    close_socket(socket);
    EXPECT_EQUAL(network_joined(kGroup), 0);
}

TEST("udp: a group that fails to join on one interface is joined on none")
{
    UdpSocket *socket = open_socket();

    network_memory = 1;
    EXPECT_EQUAL(udp_socket_join(socket, kGroup), ESP_ERR_NO_MEM);
    EXPECT_EQUAL(network_joined(kGroup), 0);
    network_memory = -1;
    network_multicast(false);
    EXPECT_EQUAL(udp_socket_join(socket, kGroup), ESP_ERR_NOT_FOUND);
    close_socket(socket);
}

TEST("udp: a failed open frees port, group and memory")
{
    UdpSocket *socket;

    reset();
    size_t before = network_blocks;
    struct udp_pcb *other = network_occupy(kPort);
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_INVALID_STATE);
    network_vacate(other);
    EXPECT(!socket && network_blocks == before, "port");
    EXPECT_EQUAL(network_joined(kGroup), 0);
    network_multicast(false);
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NOT_FOUND);
    EXPECT(!socket && network_blocks == before, "group");
    network_multicast(true);
    network_memory = 0;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NO_MEM);
    EXPECT(!socket && network_blocks == before, "lwIP's memory");
    network_memory = -1;
    fake_no_memory = true;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NO_MEM);
    EXPECT(!socket && network_blocks == before, "memory");
    fake_no_memory = false;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_OK);
    EXPECT_EQUAL(network_joined(kGroup), kInterfaces);
    close_socket(socket);
}

TEST("udp: datagrams to a group arrive while it is joined")
{
    UdpSocket *socket = open_socket();

    network_datagram("a", 1, kPeer, kPeerPort, kGroup, kPort);
    EXPECT(!udp_socket_first(socket), "not joined yet");
    EXPECT_EQUAL(udp_socket_join(socket, kGroup), ESP_OK);
    network_datagram("b", 1, kPeer, kPeerPort, kGroup, kPort);
    EXPECT(udp_socket_first(socket), "nothing came");
    EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], 'b');
    udp_socket_drop_first(socket);
    udp_socket_leave(socket, kGroup);
    network_datagram("c", 1, kPeer, kPeerPort, kGroup, kPort);
    EXPECT(!udp_socket_first(socket), "not joined any more");
    close_socket(socket);
}

TEST("udp: a socket closed with unread datagrams and a message under way reports nothing and frees all")
{
    UdpSocket *socket = open_socket();

    for (int i = 0; i < 100; i++)
        network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    udp_socket_close(socket);
    EXPECT(network_sockets() == 0, "open");
    EXPECT_EQUAL(fake_psram_blocks, 0);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(calls, 0);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(network_blocks, idle - 1); /* without the socket's block */
}

static void close_at_once(xsMachine *the, void *who, uint32_t count)
{
    (void)the;
    (void)count;
    calls++;
    udp_socket_close(*(UdpSocket **)who);
}

TEST("udp: a socket can be closed in its callback")
{
    UdpSocket *socket;
    const UdpSocketOptions options = {.port = kPort, .timeToLive = 1};

    reset();
    calls = 0;
    EXPECT_EQUAL(udp_socket_open(&socket, NULL, &options, &socket, close_at_once), ESP_OK);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_deliver();
    EXPECT_EQUAL(calls, 1);
    EXPECT_EQUAL(fake_psram_blocks, 0);
    EXPECT(network_sockets() == 0, "open");
}
