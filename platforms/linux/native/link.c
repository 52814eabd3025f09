/* SPDX-License-Identifier: Apache-2.0 */

/*
 * BoardLink (platforms/linux/board-link.ts): one connection of the board link as an object of JavaScript.
 * Synchronous requests wait for their answer, at most kBoardAnswerTimeout; what the board sends by itself comes from the event loop.
 * After an error the connection is closed, and every further use throws.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "boardlink.h"
#include "runner.h"
#include "mc.xs.h"
#include "native-class.h"

typedef enum {
    kLinkRequests, /* only answers to requests come */
    kLinkMessages, /* the board sends messages by itself */
    kLinkLines     /* the board sends lines by itself */
} LinkMode;

enum { kFirstBuffer = 1024, kLineMaximum = 65536 };

typedef struct {
    xsSlot object;
    int fd; /* -1 when gone or closed */
    LinkMode mode;
    RunnerWatch *watch;
    RunnerNotifier *post; /* tells of an end found outside the event loop */
    uint8_t *buffer;
    size_t size;
    size_t used;
    int holds; /* deliveries under way, plus one until freed */
    bool closed;
    xsSlot *onMessage;
    xsSlot *onClose;
} Link;

void xs_boardlink_destructor(void *data);

static void markLink(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Link *link = data;
    if (link->onMessage)
        (*markRoot)(the, link->onMessage);
    if (link->onClose)
        (*markRoot)(the, link->onClose);
}

static const xsHostHooks gHooks = {xs_boardlink_destructor, markLink, NULL};

static void disconnect(Link *link)
{
    runner_unwatch(link->watch);
    link->watch = NULL;
    if (link->fd >= 0)
        close(link->fd);
    link->fd = -1;
}

static void drop(Link *link)
{
    if (--link->holds == 0) {
        free(link->buffer);
        free(link);
    }
}

void xs_boardlink_destructor(void *data)
{
    Link *link = data;
    if (!link)
        return;
    disconnect(link);
    runner_notifier_free(link->post);
    link->post = NULL;
    link->closed = true;
    drop(link);
}

static Link *validate(xsMachine *the)
{
    Link *link = xsmcGetHostDataValidate(xsThis, (void *)&gHooks);
    if (!link)
        xsSyntaxError("closed");
    return link;
}

static Link *validateOpen(xsMachine *the)
{
    Link *link = validate(the);
    if (link->fd < 0)
        xsUnknownError("%s", boardStatusText(kBoardGone));
    return link;
}

static void onPost(xsMachine *the, void *refcon)
{
    Link *link = refcon;
    native_call_function(the, &link->object, link->onClose, kNativeNoCount);
}

/* A connection with an error is of no more use: the owner is told once, from the event loop. */
static void fail(Link *link)
{
    if (link->fd >= 0 && link->post)
        runner_notifier_post(link->post);
    disconnect(link);
}

static void throwStatus(xsMachine *the, Link *link, BoardStatus status)
{
    fail(link);
    xsUnknownError("%s", boardStatusText(status));
}

static void callMessage(xsMachine *the, Link *link, BoardHeader header, const uint8_t *payload)
{
    char type[2] = {(char)header.type, 0};
    xsBeginHost(the);
    xsmcVars(2);
    xsmcSetString(xsVar(0), type);
    xsmcSetArrayBuffer(xsVar(1), (void *)payload, (xsIntegerValue)header.length);
    xsCallFunction2(xsReference(link->onMessage), link->object, xsVar(0), xsVar(1));
    xsEndHost(the);
}

static void callLine(xsMachine *the, Link *link, const uint8_t *line, size_t length)
{
    xsBeginHost(the);
    xsmcVars(1);
    xsmcSetStringBuffer(xsVar(0), (char *)line, (xsIntegerValue)length);
    xsCallFunction1(xsReference(link->onMessage), link->object, xsVar(0));
    xsEndHost(the);
}

/*
 * Takes one message or line from the start of the buffer.
 * @returns the bytes it had, 0 when it is not all there yet (`needed`: how long the buffer has to be), -1: cannot be understood
 */
static ptrdiff_t takeOne(xsMachine *the, Link *link, const uint8_t *bytes, size_t count, size_t *needed)
{
    if (link->mode == kLinkLines) {
        size_t length;
        BoardParse parse = boardParseLine(bytes, count, kLineMaximum, &length);
        *needed = count + 1;
        if (parse != kBoardComplete)
            return parse == kBoardInvalid ? -1 : 0;
        callLine(the, link, bytes, length);
        return (ptrdiff_t)length + 1;
    }
    BoardHeader header;
    BoardParse parse = boardParseHeader(bytes, count, &header);
    *needed = kBoardHeaderBytes;
    if (parse != kBoardComplete)
        return parse == kBoardInvalid ? -1 : 0;
    *needed = kBoardHeaderBytes + (size_t)header.length;
    if (count < *needed)
        return 0;
    callMessage(the, link, header, bytes + kBoardHeaderBytes);
    return (ptrdiff_t)*needed;
}

/* Delivers everything complete in the buffer. A callback may close the link. False: the link is of no more use. */
static bool deliver(xsMachine *the, Link *link)
{
    size_t start = 0, needed = 0;
    ptrdiff_t taken = 0;
    while (!link->closed && (taken = takeOne(the, link, link->buffer + start, link->used - start, &needed)) > 0)
        start += (size_t)taken;
    if (link->closed || taken < 0)
        return false;
    link->used -= start;
    memmove(link->buffer, link->buffer + start, link->used);
    if (needed > link->size) {
        size_t size = link->size;
        while (size < needed)
            size *= 2;
        uint8_t *larger = realloc(link->buffer, size);
        if (!larger)
            return false;
        link->buffer = larger;
        link->size = size;
    }
    return true;
}

static void onWatch(xsMachine *the, int events, void *refcon)
{
    Link *link = refcon;
    bool gone = link->mode == kLinkRequests && (events & kRunnerHangup);
    link->holds++;
    while (!gone && link->mode != kLinkRequests) {
        ssize_t count = recv(link->fd, link->buffer + link->used, link->size - link->used, 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            break;
        gone = count <= 0;
        if (!gone) {
            link->used += (size_t)count;
            gone = !deliver(the, link);
        }
    }
    if (gone && !link->closed)
        fail(link);
    drop(link);
}

/* (opening line, mode, onMessage, onClose) → answer line */
void xs_boardlink_constructor(xsMachine *the)
{
    char opening[kBoardLineMaximum], answer[kBoardLineMaximum], error[160];
    if (xsmcGetHostData(xsThis))
        xsUnknownError("invalid");
    native_text(the, &xsArg(0), "opening line", opening, 1, sizeof opening);
    Link *link = calloc(1, sizeof *link);
    if (!link)
        xsRangeError("no memory");
    link->fd = -1;
    link->holds = 1;
    link->mode = (LinkMode)xsmcToInteger(xsArg(1));
    link->onMessage = xsmcTest(xsArg(2)) ? fxToReference(the, &xsArg(2)) : NULL;
    link->onClose = xsmcTest(xsArg(3)) ? fxToReference(the, &xsArg(3)) : NULL;
    /* From here on the destructor frees it, also when opening throws. */
    xsmcSetHostData(xsThis, link);
    xsSetHostHooks(xsThis, (xsHostHooks *)&gHooks);
    link->fd = boardOpen(opening, answer, error, sizeof error);
    if (link->fd < 0)
        xsUnknownError("%s", error);
    link->size = kFirstBuffer;
    link->buffer = malloc(link->size);
    link->post = runner_notifier_new(the, onPost, link);
    link->watch = runner_watch(the, link->fd, link->mode == kLinkRequests ? kRunnerHangup : kRunnerReadable, onWatch, link);
    if (!link->buffer || !link->post || !link->watch)
        xsRangeError("no memory");
    link->object = xsThis;
    xsRemember(link->object);
    xsmcSetString(xsResult, answer);
}

void xs_boardlink_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    Link *link = validate(the);
    xsForget(link->object);
    xsmcSetHostData(xsThis, NULL);
    xs_boardlink_destructor(link);
}

/* (type, head, body) as in xs_boardlink_send: the bytes to send, which stay valid until something is allocated. */
static BoardStatus sendArguments(xsMachine *the, Link *link)
{
    void *parts[2] = {NULL, NULL};
    xsUnsignedValue lengths[2] = {0, 0};
    const char *type = xsmcToString(xsArg(0));
    uint8_t letter = (uint8_t)type[0];
    for (int i = 0; i < 2; i++)
        if (xsmcArgc > i + 1 && xsmcTypeOf(xsArg(i + 1)) != xsUndefinedType)
            xsmcGetBufferReadable(xsArg(i + 1), &parts[i], &lengths[i]);
    if (lengths[0] > kBoardPayloadMaximum || lengths[1] > kBoardPayloadMaximum - lengths[0])
        xsRangeError("too long for one message");
    return boardSend(link->fd, letter, parts[0], lengths[0], parts[1], lengths[1], kBoardAnswerTimeout);
}

/* (type, head?, body?): sends a message that has no answer. */
void xs_boardlink_send(xsMachine *the)
{
    Link *link = validateOpen(the);
    BoardStatus status = sendArguments(the, link);
    if (status != kBoardOk)
        throwStatus(the, link, status);
}

/* (line): sends a line. */
void xs_boardlink_sendLine(xsMachine *the)
{
    Link *link = validateOpen(the);
    const char *line = xsmcToString(xsArg(0));
    BoardStatus status = boardSendBytes(link->fd, line, strlen(line), kBoardAnswerTimeout);
    if (status == kBoardOk)
        status = boardSendBytes(link->fd, "\n", 1, kBoardAnswerTimeout);
    if (status != kBoardOk)
        throwStatus(the, link, status);
}

/* (type, head?, body?) → payload of the answer; its type is then `this.type`. */
void xs_boardlink_request(xsMachine *the)
{
    Link *link = validateOpen(the);
    BoardHeader header;
    if (link->mode != kLinkRequests)
        xsUnknownError("not a connection of requests and answers");
    BoardStatus status = sendArguments(the, link);
    if (status == kBoardOk)
        status = boardReceiveHeader(link->fd, &header, kBoardAnswerTimeout);
    if (status != kBoardOk)
        throwStatus(the, link, status);
    void *payload = xsmcSetArrayBuffer(xsResult, NULL, (xsIntegerValue)header.length);
    status = boardReceiveBytes(link->fd, payload, header.length, kBoardAnswerTimeout);
    if (status != kBoardOk)
        throwStatus(the, link, status);
    char type[2] = {(char)header.type, 0};
    xsmcVars(1);
    xsmcSetString(xsVar(0), type);
    xsmcSet(xsThis, xsID_type, xsVar(0));
}
