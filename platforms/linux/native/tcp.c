/* SPDX-License-Identifier: Apache-2.0 */

/*
 * embedded:io/socket/tcp with the behaviour it has on the ESP32 (lwIP): what can be written is what fits the send buffer,
 * more throws "would block"; writing never sends by itself; onWritable comes after the peer has taken bytes.
 * The end of input is onEnd after everything received was read, or onError without that option; a reset or timeout is onError at once.
 */

#include "tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "mc.xs.h"
#include "sockets.h"
#include "stream.h"

/* Bytes received ahead of the firmware; when it does not read, the peer's window closes. */
enum { kReceiveBytes = 16384 };

typedef struct {
    xsSlot object;
    Stream *stream; /* NULL: waits for tcpAccept() */
    SocketAddress peer;
    IOFormat format;
    xsSlot *onReadable;
    xsSlot *onWritable;
    xsSlot *onEnd;
    xsSlot *onError;
} TCP;

void xs_tcp_destructor(void *data);

static void markTCP(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    TCP *tcp = data;
    if (tcp->onReadable)
        (*markRoot)(the, tcp->onReadable);
    if (tcp->onWritable)
        (*markRoot)(the, tcp->onWritable);
    if (tcp->onEnd)
        (*markRoot)(the, tcp->onEnd);
    if (tcp->onError)
        (*markRoot)(the, tcp->onError);
}

static const xsHostHooks gHooks = {xs_tcp_destructor, markTCP, NULL};

void xs_tcp_destructor(void *data)
{
    TCP *tcp = data;
    if (tcp) {
        streamAbort(tcp->stream);
        free(tcp);
    }
}

static TCP *validate(xsMachine *the, xsSlot *instance)
{
    TCP *tcp = fxGetHostDataValidate(the, instance, (void *)&gHooks);
    if (!tcp)
        xsSyntaxError("closed");
    return tcp;
}

static void onStream(xsMachine *the, StreamEvent event, void *refcon)
{
    TCP *tcp = refcon;
    switch (event) {
    case kStreamReadable:
        ioCall(the, &tcp->object, tcp->onReadable, (xsIntegerValue)streamReadable(tcp->stream));
        break;
    case kStreamWritable:
        ioCall(the, &tcp->object, tcp->onWritable, (xsIntegerValue)streamWritable(tcp->stream));
        break;
    case kStreamEnd:
        ioCall(the, &tcp->object, tcp->onEnd, -1);
        break;
    case kStreamError:
        ioCall(the, &tcp->object, tcp->onError, -1);
        break;
    }
}

static Stream *newStream(xsMachine *the, int fd, bool connecting)
{
    return streamNew(the, fd,
                     (StreamOptions){
                         .inputBytes = kReceiveBytes,
                         .outputBytes = socketSendBytes(),
                         .connecting = connecting,
                         .linger = true,
                     });
}

static void setNoDelay(Stream *stream, int on)
{
    setsockopt(streamDescriptor(stream), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* The instance gives its connection away and is closed. */
static void closeInstance(xsMachine *the, xsSlot *instance, TCP *tcp, bool keepStream)
{
    fxForget(the, &tcp->object);
    fxSetHostData(the, instance, NULL);
    if (!keepStream)
        streamClose(tcp->stream);
    free(tcp);
}

static Stream *takeFrom(xsMachine *the, xsSlot *instance, SocketAddress *peer)
{
    TCP *from = validate(the, instance);
    if (!from->stream)
        xsUnknownError("invalid from");
    Stream *stream = from->stream;
    *peer = from->peer;
    closeInstance(the, instance, from, true);
    return stream;
}

static Stream *connectTo(xsMachine *the, SocketAddress *peer)
{
    xsSlot slot;
    char text[kAddressText];
    xsmcGet(slot, xsArg(0), xsID_address);
    if (fxTypeOf(the, &slot) == xsUndefinedType || !xsmcHas(xsArg(0), xsID_port))
        xsUnknownError("address and port are needed");
    ioText(the, &slot, text, sizeof text, "invalid address");
    int port = ioInteger(the, xsID_port, 0, 65535, 0, "invalid port");
    if (!socketAddress(text, port, peer))
        xsUnknownError("invalid address");
    int fd = socket(peer->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        xsUnknownError("no socket: %s", strerror(errno));
    socketTune(fd);
    bool refused = connect(fd, (struct sockaddr *)&peer->storage, peer->length) && errno != EINPROGRESS;
    Stream *stream = refused ? NULL : newStream(the, fd, true);
    if (!stream) {
        int error = refused ? errno : ENOMEM;
        close(fd);
        xsUnknownError("connect: %s", strerror(error));
    }
    return stream;
}

void xs_tcp_constructor(xsMachine *the)
{
    bool create = xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) != xsUndefinedType;
    TCP *tcp = calloc(1, sizeof *tcp);
    if (!tcp)
        xsRangeError("no memory");
    /* From here on the destructor frees it, also when an option throws. */
    xsmcSetHostData(xsThis, tcp);
    xsSetHostHooks(xsThis, (xsHostHooks *)&gHooks);
    tcp->format = kIOBuffer;
    if (create) {
        tcp->format = ioFormatOption(the);
        tcp->onReadable = ioCallback(the, xsID_onReadable);
        tcp->onWritable = ioCallback(the, xsID_onWritable);
        tcp->onEnd = ioCallback(the, xsID_onEnd);
        tcp->onError = ioCallback(the, xsID_onError);
        int nodelay = ioBoolean(the, xsID_nodelay, -1);
        int keepalive = ioInteger(the, xsID_keepalive, 1, 86400000, 0, "invalid keepalive");
        ioTarget(the);
        if (xsmcHas(xsArg(0), xsID_from)) {
            xsmcVars(1);
            xsmcGet(xsVar(0), xsArg(0), xsID_from);
            tcp->stream = takeFrom(the, &xsVar(0), &tcp->peer);
        } else
            tcp->stream = connectTo(the, &tcp->peer);
        if (nodelay >= 0)
            setNoDelay(tcp->stream, nodelay);
        if (keepalive)
            socketKeepalive(streamDescriptor(tcp->stream), keepalive);
        streamListen(tcp->stream, onStream, tcp, tcp->onEnd != NULL);
    }
    tcp->object = xsThis;
    xsRemember(tcp->object);
}

bool tcpAccept(xsMachine *the, xsSlot *instance, int fd)
{
    TCP *tcp = validate(the, instance);
    Stream *stream = newStream(the, fd, false);
    if (!stream)
        return false;
    tcp->stream = stream;
    tcp->peer.length = sizeof tcp->peer.storage;
    getpeername(fd, (struct sockaddr *)&tcp->peer.storage, &tcp->peer.length);
    return true;
}

void xs_tcp_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    closeInstance(the, &xsThis, validate(the, &xsThis), false);
}

/* How many bytes read(count) or read(buffer) asks for: as on the ESP32 more than there are is an error. */
static size_t checkCount(xsMachine *the, xsIntegerValue count, size_t available)
{
    if (count <= 0 || (size_t)count > available)
        xsUnknownError("invalid: %d bytes asked for, %d can be read", (int)count, (int)available);
    return (size_t)count;
}

void xs_tcp_read(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    size_t available = tcp->stream ? streamReadable(tcp->stream) : 0, count;
    xsType type = xsmcArgc > 0 ? xsmcTypeOf(xsArg(0)) : xsUndefinedType;
    void *bytes;
    if (!available)
        return;
    if (tcp->format == kIONumber) {
        uint8_t byte;
        streamRead(tcp->stream, &byte, 1);
        xsmcSetInteger(xsResult, byte);
        return;
    }
    if (type == xsReferenceType) {
        xsUnsignedValue size;
        xsmcGetBufferWritable(xsArg(0), &bytes, &size);
        count = checkCount(the, (xsIntegerValue)size, available);
        xsmcSetInteger(xsResult, (xsIntegerValue)count);
    } else {
        count = type == xsUndefinedType ? available : checkCount(the, xsmcToInteger(xsArg(0)), available);
        bytes = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)count);
    }
    streamRead(tcp->stream, bytes, count);
}

void xs_tcp_write(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    xsUnsignedValue count = 1;
    uint8_t byte;
    void *bytes = &byte;
    if (!tcp->stream || streamIsConnecting(tcp->stream))
        xsUnknownError("not ready");
    if (tcp->format == kIONumber)
        byte = (uint8_t)xsmcToInteger(xsArg(0));
    else
        xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    if (!streamIsOpen(tcp->stream))
        return;
    if (!streamWrite(tcp->stream, bytes, count))
        xsUnknownError("would block");
    xsmcSetInteger(xsResult, (xsIntegerValue)streamWritable(tcp->stream));
}

void xs_tcp_get_remoteAddress(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    char text[kAddressText];
    if (!tcp->stream)
        return;
    socketAddressText(&tcp->peer, text);
    xsmcSetString(xsResult, text);
}

void xs_tcp_get_remotePort(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    if (tcp->stream)
        xsmcSetInteger(xsResult, socketAddressPort(&tcp->peer));
}

void xs_tcp_get_format(xsMachine *the)
{
    ioFormatResult(the, validate(the, &xsThis)->format);
}

void xs_tcp_set_format(xsMachine *the)
{
    TCP *tcp = validate(the, &xsThis);
    tcp->format = ioFormatFrom(the, &xsArg(0));
}
