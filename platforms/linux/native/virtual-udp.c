/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual-udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board-connection.h"

/* kLongest: payload of the longest UDP datagram over IPv4. */
enum { kOpeningBytes = 160, kLongest = 65507 };

struct VirtualUdp {
    BoardConnection *connection;
};

VirtualUdp *virtual_udp_open(UdpSocketOptions options, char *error, size_t size)
{
    char opening[kOpeningBytes], answer[kBoardLineMaximum], address[INET_ADDRSTRLEN];
    VirtualUdp *udp = calloc(1, sizeof *udp);
    inet_ntop(AF_INET, &options.interface, address, sizeof address);
    snprintf(opening, sizeof opening, "{\"open\":\"udp\",\"port\":%d,\"address\":\"%s\",\"shared\":%s}", options.port, address,
        options.multicast ? "true" : "false");
    snprintf(error, size, "no memory");
    if (udp)
        udp->connection = board_open(opening, answer, error, size);
    if (udp && udp->connection)
        return udp;
    free(udp);
    return NULL;
}

bool virtual_udp_watch(xsMachine *the, VirtualUdp *udp, bool watched, RunnerWatchCallback callback, void *refcon)
{
    return board_watch(the, udp->connection, watched ? kRunnerReadable : 0, callback, refcon);
}

ssize_t virtual_udp_receive(VirtualUdp *udp, void *bytes, size_t size, struct sockaddr_in *from)
{
    BoardHeader header;
    BoardEndpoint endpoint;
    const uint8_t *payload;
    if (board_message(udp->connection, &header, &payload) != kBoardComplete)
        return -1;
    if (header.type != 'D' || !board_parse_endpoint(payload, header.length, &endpoint))
        return -1;
    size_t count = header.length - kBoardEndpointBytes;
    count = count < size ? count : size;
    memcpy(bytes, payload + kBoardEndpointBytes, count);
    *from = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons(endpoint.port)};
    memcpy(&from->sin_addr, endpoint.address, sizeof endpoint.address);
    board_drop(udp->connection, kBoardHeaderBytes + header.length);
    board_send(udp->connection, 'R', NULL, 0, NULL, 0);
    return (ssize_t)count;
}

int virtual_udp_send(VirtualUdp *udp, const void *bytes, size_t count, const struct sockaddr_in *to)
{
    uint8_t head[kBoardEndpointBytes];
    BoardEndpoint endpoint = {.port = ntohs(to->sin_port)};
    memcpy(endpoint.address, &to->sin_addr, sizeof endpoint.address);
    board_write_endpoint(head, &endpoint);
    if (count > kLongest)
        return EMSGSIZE;
    return board_send(udp->connection, 'D', head, sizeof head, bytes, count) == kBoardOk ? 0 : EPIPE;
}

int virtual_udp_join(VirtualUdp *udp, struct in_addr group, bool join)
{
    return board_send(udp->connection, join ? 'J' : 'L', &group, sizeof group, NULL, 0) == kBoardOk ? 0 : EPIPE;
}

void virtual_udp_close(VirtualUdp *udp)
{
    board_close(udp->connection);
    free(udp);
}
