/* SPDX-License-Identifier: Apache-2.0 */

/* UDP of the ESP32 (platforms/esp32/native/lwip-udp-socket.c) over the real lwIP. ASan sees what is freed twice or not at all. */

#include "../../harness.h"

#include <string.h>

#include "../fake-chip.h"
#include "../fake-timer.h"
#include "lwip-udp-socket.h"
#include "network.h"

/* As in memory: 192.168.4.2 and 224.0.0.251, in network byte order. */
enum { kPeer = 0x0204a8c0, kOther = 0x0304a8c0, kPeerPort = 40000, kPort = 5353 };
/* Not lwIP's own. */
enum { kTimeToLive = 7 };
/* The camera's address, 10.0.0.1; it has another interface beside. */
enum { kCamera = 0x0100000a, kInterfaces = 2 };
static const uint32_t kGroup = 0xfb0000e0, kOtherGroup = 0xfc0000e0;

static int owner;
static uint32_t calls, told; /* how often, and the number last told */

static void note(xsMachine *the, void *who, uint32_t count)
{
    (void)the;
    if (who == &owner) {
        calls++;
        told = count;
    }
}

static size_t idle; /* lwIP's pieces of memory with the socket open, and nothing else */

static void reset(void)
{
    network_reset();
    calls = told = 0;
}

static esp_err_t try_open(UdpSocket **socket, uint16_t port, uint32_t group)
{
    const UdpSocketOptions options = {.port = port, .timeToLive = kTimeToLive, .group = group};
    calls = told = 0;
    *socket = NULL;
    return udp_socket_open(socket, NULL, &options, &owner, note);
}

static UdpSocket *open_socket(void)
{
    UdpSocket *socket;
    reset();
    try_open(&socket, kPort, 0);
    idle = network_pieces;
    return socket;
}

static void close_socket(UdpSocket *socket)
{
    udp_socket_close(socket);
    fake_deliver();
}

/* How many can be read, all of which it reads. */
static size_t read_all(UdpSocket *socket)
{
    size_t count = 0;
    for (; udp_socket_first(socket); count++)
        udp_socket_drop_first(socket);
    return count;
}

TEST("udp: datagrams come in order, whole, and with whose they are")
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

TEST("udp: one without bytes is one, too")
{
    UdpSocket *socket = open_socket();

    network_datagram("", 0, kPeer, kPeerPort, kCamera, kPort);
    EXPECT(udp_socket_first(socket), "none");
    EXPECT_EQUAL(udp_socket_first(socket)->length, 0);
    close_socket(socket);
}

TEST("udp: many datagrams are one message, which tells how many wait")
{
    UdpSocket *socket = open_socket();

    for (int i = 0; i < 5; i++)
        network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(fake_deliver(), 1);
    EXPECT_EQUAL(calls, 1);
    EXPECT_EQUAL(told, 5);
    udp_socket_drop_first(socket);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_deliver();
    EXPECT_EQUAL(calls, 2);
    EXPECT_EQUAL(told, 5);
    close_socket(socket);
}

TEST("udp: what was read before it is told is not told")
{
    UdpSocket *socket = open_socket();

    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 1);
    fake_deliver();
    EXPECT_EQUAL(calls, 0);
    close_socket(socket);
}

TEST("udp: one that finds XS's queue full is read when there is room again")
{
    UdpSocket *socket = open_socket();

    fake_queue_length = 0;
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_queue_length = 10;
    fake_deliver();
    EXPECT_EQUAL(calls, 0);
    fake_run_timers();
    fake_deliver();
    EXPECT_EQUAL(told, 1);
    close_socket(socket);
}

TEST("udp: of a flood sixteen are kept, the first, and no packet of the driver's")
{
    UdpSocket *socket = open_socket();
    size_t before = fake_psram_blocks;

    for (int i = 0; i < 10000; i++) {
        uint8_t byte = (uint8_t)i;
        network_datagram(&byte, 1, kPeer, kPeerPort, kCamera, kPort);
    }
    EXPECT_EQUAL(network_pieces, idle);
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

TEST("udp: of a flood of long ones eight kilobytes are kept")
{
    UdpSocket *socket = open_socket();
    static uint8_t bytes[1472];

    for (int i = 0; i < 1000; i++)
        network_datagram(bytes, sizeof bytes, kPeer, kPeerPort, kCamera, kPort);
    EXPECT(fake_psram_bytes < 8192 + 16 * sizeof(Datagram), "%zu bytes are kept", fake_psram_bytes);
    /* A short one still finds room. */
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 8192 / sizeof bytes + 1);
    EXPECT_EQUAL(fake_psram_bytes, 0);
    network_datagram(bytes, sizeof bytes, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(read_all(socket), 1);
    close_socket(socket);
}

TEST("udp: one there is no memory for is lost, and nothing else")
{
    UdpSocket *socket = open_socket();

    network_datagram("a", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_no_memory = true;
    network_datagram("b", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_no_memory = false;
    network_datagram("c", 1, kPeer, kPeerPort, kCamera, kPort);
    EXPECT_EQUAL(network_pieces, idle);
    EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], 'a');
    udp_socket_drop_first(socket);
    EXPECT_EQUAL(udp_socket_first(socket)->bytes[0], 'c');
    close_socket(socket);
}

TEST("udp: what is sent has the bytes, the address, the port and the time to live, to one and to a group")
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
    EXPECT_EQUAL(network_pieces, idle);
    close_socket(socket);
}

TEST("udp: sending without memory says so, and loses nothing else")
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

TEST("udp: what lwIP or the driver does not take is an error, and nothing is left of it")
{
    UdpSocket *socket = open_socket();
    static const struct {
        err_t error;
        esp_err_t expected;
    } kCases[] = {{ERR_MEM, ESP_ERR_NO_MEM}, {ERR_BUF, ESP_ERR_NO_MEM}, {ERR_VAL, ESP_FAIL}};

    for (size_t i = 0; i < sizeof kCases / sizeof *kCases; i++) {
        network_output_error = kCases[i].error;
        EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), kCases[i].expected);
        EXPECT_EQUAL(network_pieces, idle);
    }
    network_output_error = ERR_OK;
    network_unreachable = true;
    EXPECT_EQUAL(udp_socket_send(socket, "x", 1, kPeer, kPeerPort), ESP_ERR_NOT_FOUND);
    EXPECT_EQUAL(network_pieces, idle);
    close_socket(socket);
}

TEST("udp: groups are joined in lwIP's task, once each, and left with the socket")
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

TEST("udp: leaving leaves what this socket has joined, and joining goes on")
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

TEST("udp: more groups than there is room for are an error, not more")
{
    UdpSocket *socket = open_socket();

    for (uint32_t i = 0; i < 4; i++)
        EXPECT_EQUAL(udp_socket_join(socket, kGroup - (i << 24)), ESP_OK);
    EXPECT_EQUAL(udp_socket_join(socket, kOtherGroup), ESP_ERR_NO_MEM);
    EXPECT_EQUAL(network_joined(kOtherGroup), 0);
    close_socket(socket);
    EXPECT_EQUAL(network_joined(kGroup), 0);
}

TEST("udp: a group that cannot be joined on every interface is joined on none")
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

TEST("udp: one that cannot be opened leaves the port, the group and the memory free")
{
    UdpSocket *socket;

    reset();
    size_t before = network_pieces;
    struct udp_pcb *other = network_occupy(kPort);
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_INVALID_STATE);
    network_vacate(other);
    EXPECT(!socket && network_pieces == before, "port");
    EXPECT_EQUAL(network_joined(kGroup), 0);
    network_multicast(false);
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NOT_FOUND);
    EXPECT(!socket && network_pieces == before, "group");
    network_multicast(true);
    network_memory = 0;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NO_MEM);
    EXPECT(!socket && network_pieces == before, "lwIP's memory");
    network_memory = -1;
    fake_no_memory = true;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_ERR_NO_MEM);
    EXPECT(!socket && network_pieces == before, "memory");
    fake_no_memory = false;
    EXPECT_EQUAL(try_open(&socket, kPort, kGroup), ESP_OK);
    EXPECT_EQUAL(network_joined(kGroup), kInterfaces);
    close_socket(socket);
}

TEST("udp: datagrams to a group come while it is joined")
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

TEST("udp: closed with datagrams waiting and a message under way, all is freed and nothing is told")
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
    EXPECT_EQUAL(network_pieces, idle - 1); /* without the socket's */
}

static void close_when_told(xsMachine *the, void *who, uint32_t count)
{
    (void)the;
    (void)count;
    calls++;
    udp_socket_close(*(UdpSocket **)who);
}

TEST("udp: closed in the call that tells of a datagram")
{
    UdpSocket *socket;
    const UdpSocketOptions options = {.port = kPort, .timeToLive = 1};

    reset();
    calls = 0;
    EXPECT_EQUAL(udp_socket_open(&socket, NULL, &options, &socket, close_when_told), ESP_OK);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    network_datagram("x", 1, kPeer, kPeerPort, kCamera, kPort);
    fake_deliver();
    EXPECT_EQUAL(calls, 1);
    EXPECT_EQUAL(fake_psram_blocks, 0);
    EXPECT(network_sockets() == 0, "open");
}
