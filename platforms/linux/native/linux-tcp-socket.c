/* SPDX-License-Identifier: Apache-2.0 */

/* tcp-socket.h over a socket of this computer or of the virtual network, with the ESP32's buffer sizes. */

#include "linux-tcp-socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buffered-socket.h"
#include "sockets.h"

enum { kErrorText = 160 };

struct TcpSocket {
    BufferedSocket *buffered;
    VirtualTcp *connection; /* NULL: a descriptor */
    SocketAddress peer;
    void *owner;
    void (*on_events)(xsMachine *the, void *owner, uint32_t events);
};

static TcpSocket *new_socket(xsMachine *the, int fd, VirtualTcp *connection, bool connecting)
{
    const BufferedSocketOptions options = {
        .input_bytes = kTcpReceiveBytes,
        .output_bytes = socket_send_bytes(),
        .connecting = connecting,
        .linger = true,
    };
    TcpSocket *socket = calloc(1, sizeof *socket);

    if (socket) {
        socket->connection = connection;
        socket->buffered = connection ? buffered_socket_over(the, &kVirtualTcp, connection, options) : buffered_socket_new(the, fd, options);
    }
    if (socket && !socket->buffered) {
        free(socket);
        return NULL;
    }
    return socket;
}

TcpSocket *tcp_socket_new(xsMachine *the, int fd)
{
    TcpSocket *socket = new_socket(the, fd, NULL, false);

    if (socket) {
        socket->peer.length = sizeof socket->peer.storage;
        getpeername(fd, (struct sockaddr *)&socket->peer.storage, &socket->peer.length);
    }
    return socket;
}

TcpSocket *tcp_socket_over(xsMachine *the, VirtualTcp *connection)
{
    TcpSocket *socket = new_socket(the, -1, connection, false);

    if (socket)
        socket->peer = *virtual_tcp_peer(connection);
    return socket;
}

static TcpSocket *connect_virtual(xsMachine *the, const SocketAddress *peer)
{
    char error[kErrorText] = "no memory";
    VirtualTcp *connection = virtual_tcp_connect(the, peer, kTcpReceiveBytes, error, sizeof error);
    TcpSocket *result = connection ? new_socket(the, -1, connection, true) : NULL;

    if (!result) {
        if (connection)
            virtual_tcp_close(connection);
        xsUnknownError("connect: %s", error);
    }
    result->peer = *peer;
    return result;
}

TcpSocket *tcp_socket_connect(xsMachine *the, const char *address, uint16_t port)
{
    SocketAddress peer;

    if (!socket_address(address, port, &peer))
        xsUnknownError("address: expected an IP address");
    if (virtual_network())
        return connect_virtual(the, &peer);
    int fd = socket(peer.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("socket: %s", strerror(errno));
    socket_tune(fd);
    int error = connect(fd, (struct sockaddr *)&peer.storage, peer.length) && errno != EINPROGRESS ? errno : 0;
    TcpSocket *result = error ? NULL : new_socket(the, fd, NULL, true);
    if (!result) {
        close(fd);
        xsUnknownError("connect: %s", strerror(error ? error : ENOMEM));
    }
    result->peer = peer;
    return result;
}

static void on_event(xsMachine *the, BufferedSocketEvent event, void *refcon)
{
    static const uint32_t kEvents[] = {
        [kSocketReadable] = kTcpReadable,
        [kSocketWritable] = kTcpWritable,
        [kSocketEnd] = kTcpEnded,
        [kSocketError] = kTcpFailed,
    };
    TcpSocket *socket = refcon;
    socket->on_events(the, socket->owner, kEvents[event]);
}

void tcp_socket_adopt(TcpSocket *socket, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    socket->owner = owner;
    socket->on_events = on_events;
    /* Class TCP decides whether the end of input ends the connection. */
    buffered_socket_listen(socket->buffered, on_event, socket, true);
}

void tcp_socket_tune(TcpSocket *socket, bool nodelay, uint32_t keepalive, uint32_t limit)
{
    int fd = buffered_socket_descriptor(socket->buffered), on = nodelay;

    if (limit)
        buffered_socket_limit(socket->buffered, limit);
    if (!socket->connection)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (keepalive && socket->connection)
        virtual_tcp_keepalive(socket->connection, keepalive);
    else if (keepalive)
        socket_keepalive(fd, (int)keepalive);
}

bool tcp_socket_connecting(const TcpSocket *socket)
{
    return buffered_socket_is_connecting(socket->buffered);
}

bool tcp_socket_ended(const TcpSocket *socket)
{
    return buffered_socket_ended(socket->buffered);
}

bool tcp_socket_failed(const TcpSocket *socket)
{
    return buffered_socket_failed(socket->buffered);
}

size_t tcp_socket_readable(const TcpSocket *socket)
{
    return buffered_socket_readable(socket->buffered);
}

void tcp_socket_read(TcpSocket *socket, void *bytes, size_t count)
{
    buffered_socket_read(socket->buffered, bytes, count);
}

size_t tcp_socket_writable(const TcpSocket *socket)
{
    return buffered_socket_writable(socket->buffered);
}

bool tcp_socket_drained(const TcpSocket *socket)
{
    return buffered_socket_drained(socket->buffered);
}

TcpWrite tcp_socket_write(TcpSocket *socket, const void *bytes, size_t count)
{
    return buffered_socket_write(socket->buffered, bytes, count) ? kTcpWritten : kTcpWouldBlock;
}

bool tcp_socket_peer(const TcpSocket *socket, char *text, size_t size, uint16_t *port)
{
    *port = (uint16_t)socket_address_port(&socket->peer);
    return socket_address_text(&socket->peer, text, size);
}

void tcp_socket_close(TcpSocket *socket)
{
    buffered_socket_close(socket->buffered);
    free(socket);
}

void tcp_socket_abort(TcpSocket *socket)
{
    buffered_socket_abort(socket->buffered);
    free(socket);
}
