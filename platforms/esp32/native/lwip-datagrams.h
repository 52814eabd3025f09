/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LWIP_DATAGRAMS_H
#define TCAM_LWIP_DATAGRAMS_H

/*
 * A UDP socket over IPv4 between lwIP's task and the XS task. Only lwIP's task touches the protocol block (pcb) and the groups; what the
 * XS task wants there is done there while XS waits. Addresses are IPv4, in network byte order.
 *
 * Why not the SDK's class: from lwIP's task it waits for room in XS's queue, while XS may be waiting for lwIP; it keeps all that is
 * received, in the packets of the WiFi driver, however much that is; it does not look whether there was memory for what it sends; and it
 * changes the lists of groups from XS's task.
 */

#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

#include "esp_err.h"

/* Bytes that a datagram can have: the 65,535 of an IPv4 packet without the headers of IP and UDP. */
enum { kDatagramHighest = 65507 };

typedef struct Datagrams Datagrams;

typedef struct DatagramsOptions {
    uint16_t port; /* 0: any */
    uint8_t timeToLive;
    uint32_t group; /* to join at once; 0: none */
} DatagramsOptions;

typedef struct Datagram Datagram;

struct Datagram {
    Datagram *next;
    uint32_t address; /* whose it is */
    uint16_t port;
    uint16_t length;
    uint8_t bytes[];
};

/*
 * All of it is for the XS task. `answer` is called with the number of datagrams that can be read when there are new ones.
 * ESP_ERR_NO_MEM, ESP_ERR_INVALID_STATE: the port is in use, or as datagrams_join().
 */
esp_err_t datagrams_open(Datagrams **socket, xsMachine *the, const DatagramsOptions *options, void *owner,
                         void (*answer)(xsMachine *the, void *owner, uint32_t count));

/* The oldest one, which stays until it is dropped; NULL: none. */
const Datagram *datagrams_first(Datagrams *socket);
void datagrams_drop_first(Datagrams *socket);

/* No more than kDatagramHighest bytes. ESP_ERR_NO_MEM, ESP_ERR_NOT_FOUND: no interface leads there, or ESP_FAIL. */
esp_err_t datagrams_send(Datagrams *socket, const void *bytes, size_t count, uint32_t address, uint16_t port);

/* Joining again and leaving what was not joined are no errors. ESP_ERR_NO_MEM, ESP_ERR_NOT_FOUND: no interface to join on. */
esp_err_t datagrams_join(Datagrams *socket, uint32_t group);
void datagrams_leave(Datagrams *socket, uint32_t group);

/* Leaves its groups; what was not read is gone. */
void datagrams_close(Datagrams *socket);

#endif
