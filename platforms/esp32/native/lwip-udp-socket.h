/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LWIP_UDP_SOCKET_H
#define TCAM_LWIP_UDP_SOCKET_H

/*
 * A UDP socket over IPv4 between lwIP's task and the XS task. Only lwIP's task accesses the protocol control block (pcb) and the groups.
 * The XS task runs its requests there and waits for them. Addresses are IPv4, in network byte order.
 *
 * The SDK's class is not used: from lwIP's task it waits for room in XS's queue, while XS may be waiting for lwIP (deadlock); it keeps an
 * unlimited number of received datagrams in the WiFi driver's buffers; it does not check for memory when it sends; and it changes the
 * lists of groups from the XS task.
 */

#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

#include "esp_err.h"

/* Longest datagram: 65,535 bytes of an IPv4 packet less the headers of IP and UDP. */
enum { kDatagramHighest = 65507 };

typedef struct UdpSocket UdpSocket;

typedef struct UdpSocketOptions {
    uint16_t port; /* 0: any */
    uint8_t timeToLive;
    uint32_t group; /* to join at once; 0: none */
} UdpSocketOptions;

typedef struct Datagram Datagram;

struct Datagram {
    Datagram *next;
    uint32_t address; /* of the sender */
    uint16_t port;
    uint16_t length;
    uint8_t bytes[];
};

/*
 * All functions are for the XS task. `on_received` gets the number of readable datagrams, after new ones have arrived.
 * Errors: ESP_ERR_NO_MEM, ESP_ERR_INVALID_STATE (the port is in use), those of udp_socket_join().
 */
esp_err_t udp_socket_open(UdpSocket **socket, xsMachine *the, const UdpSocketOptions *options, void *owner,
                         void (*on_received)(xsMachine *the, void *owner, uint32_t count));

/* The oldest datagram, which stays in the queue; NULL: none. */
const Datagram *udp_socket_first(UdpSocket *socket);
void udp_socket_drop_first(UdpSocket *socket);

/* `count`: at most kDatagramHighest. Errors: ESP_ERR_NO_MEM, ESP_ERR_NOT_FOUND (no route), ESP_FAIL. */
esp_err_t udp_socket_send(UdpSocket *socket, const void *bytes, size_t count, uint32_t address, uint16_t port);

/* Joining twice and leaving a group that was not joined succeed. Errors: ESP_ERR_NO_MEM, ESP_ERR_NOT_FOUND (no interface). */
esp_err_t udp_socket_join(UdpSocket *socket, uint32_t group);
void udp_socket_leave(UdpSocket *socket, uint32_t group);

/* Leaves the groups and frees unread datagrams. */
void udp_socket_close(UdpSocket *socket);

#endif
