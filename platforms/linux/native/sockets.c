/* SPDX-License-Identifier: Apache-2.0 */
#include "sockets.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    kSendBytes = 28672, /* CONFIG_LWIP_TCP_SND_BUF_DEFAULT in boards/tcam-mini/sdkconfig */
    kLowestSendBytes = 512,
    kHighestSendBytes = 1048576
};

bool socket_address(const char *text, int port, SocketAddress *address)
{
    char service[8];
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM}, *found;
    snprintf(service, sizeof service, "%u", (unsigned)port & 0xFFFF);
    if (port < 0 || port > 65535 || getaddrinfo(text, service, &hints, &found))
        return false;
    memset(address, 0, sizeof *address);
    memcpy(&address->storage, found->ai_addr, found->ai_addrlen);
    address->length = found->ai_addrlen;
    freeaddrinfo(found);
    return true;
}

bool socket_address_text(const SocketAddress *address, char *text, size_t size)
{
    const struct sockaddr *any = (const struct sockaddr *)&address->storage;
    return !getnameinfo(any, address->length, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST);
}

int socket_address_port(const SocketAddress *address)
{
    if (address->storage.ss_family == AF_INET6)
        return ntohs(((const struct sockaddr_in6 *)&address->storage)->sin6_port);
    return ntohs(((const struct sockaddr_in *)&address->storage)->sin_port);
}

/* Reads `ip:port` or `[ip]:port`; the port follows the last colon. */
static bool parse_target(char *text, SocketAddress *address)
{
    char *colon = strrchr(text, ':'), *end;
    if (!colon)
        return false;
    *colon = 0;
    long port = strtol(colon + 1, &end, 10);
    if (end == colon + 1 || *end || port < 0 || port > 65535)
        return false;
    size_t length = strlen(text);
    if (length > 2 && text[0] == '[' && text[length - 1] == ']') {
        text[length - 1] = 0;
        text++;
    }
    return socket_address(text, (int)port, address);
}

bool socket_listen_address(int port, SocketAddress *address)
{
    char map[512];
    const char *listen = getenv("TCAM_LISTEN");
    if (listen && strlen(listen) >= sizeof map)
        return false;
    strcpy(map, listen ? listen : "");
    char *rest, *entry = strtok_r(map, ",", &rest);
    for (; entry; entry = strtok_r(NULL, ",", &rest)) {
        char *end;
        long from = strtol(entry, &end, 10);
        if (end == entry || *end != '=')
            return false;
        if (from == port)
            return parse_target(end + 1, address);
    }
    return socket_address("127.0.0.1", port, address);
}

size_t socket_send_bytes(void)
{
    const char *text = getenv("TCAM_TCP_SNDBUF");
    if (!text || !*text)
        return kSendBytes;
    size_t bytes = strtoul(text, NULL, 10);
    return bytes < kLowestSendBytes ? kLowestSendBytes : bytes > kHighestSendBytes ? kHighestSendBytes : bytes;
}

void socket_tune(int fd)
{
    unsigned timeout = kSocketUserTimeoutMilliseconds;
    int bytes = (int)socket_send_bytes();
    socket_keepalive(fd, kSocketKeepaliveMilliseconds);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
}

void socket_keepalive(int fd, int milliseconds)
{
    int on = 1, idle = (milliseconds + 999) / 1000, interval = (idle + 1) / 2;
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
}
