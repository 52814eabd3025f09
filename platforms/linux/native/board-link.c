/* SPDX-License-Identifier: Apache-2.0 */

/*
 * BoardLink (platforms/linux/board-link.ts): a channel to the board as an object of JavaScript.
 * Synchronous requests wait for their answer; what the board sends by itself is delivered from the event loop.
 * After an error the connection is closed, and every further use throws.
 */

#include <string.h>

#include "board-connection.h"
#include "mc.xs.h"
#include "native-class.h"
#include "runner.h"

typedef enum {
    kLinkRequests, /* only answers to requests come */
    kLinkMessages, /* the board sends messages by itself */
    kLinkLines     /* the board sends lines by itself */
} LinkMode;

enum { kLineMaximum = 65536 };

enum { kOnMessage, kOnClose };

typedef struct Link {
    NativeObject base;
    BoardConnection *connection; /* NULL when gone or closed */
    LinkMode mode;
    RunnerNotifier *notifier; /* reports an end found outside the event loop */
} Link;

void xs_boardlink_destructor(void *data);

static const xsHostHooks kHooks = {xs_boardlink_destructor, native_mark, NULL};

static void disconnect(Link *link)
{
    board_close(link->connection);
    link->connection = NULL;
}

void xs_boardlink_destructor(void *data)
{
    Link *link = data;
    if (!link)
        return;
    disconnect(link);
    runner_notifier_free(link->notifier);
    link->notifier = NULL;
    native_release(&link->base);
}

static Link *validate_open(xsMachine *the)
{
    Link *link = native_this(the, &kHooks);
    if (!link->connection)
        xsUnknownError("%s", board_status_text(kBoardGone));
    return link;
}

static void report_end(xsMachine *the, void *refcon)
{
    Link *link = refcon;
    native_call(the, &link->base, kOnClose, kNativeNoCount);
}

/* After an error the connection is of no more use: onClose is called once, from the event loop. */
static void fail(Link *link)
{
    if (link->connection && link->notifier)
        runner_notifier_post(link->notifier);
    disconnect(link);
}

static void throw_status(xsMachine *the, Link *link, BoardStatus status)
{
    fail(link);
    xsUnknownError("%s", board_status_text(status));
}

/* Calls onMessage with the message or line at the start of the input. False: it is not whole (kBoardIncomplete) or invalid. */
static BoardParse deliver_message(xsMachine *the, Link *link)
{
    BoardHeader header;
    const uint8_t *payload;
    BoardParse parse = board_message(link->connection, &header, &payload);
    if (parse != kBoardComplete)
        return parse;
    char type[2] = {(char)header.type, 0};
    xsBeginHost(the);
    xsmcVars(2);
    xsmcSetString(xsVar(0), type);
    xsmcSetArrayBuffer(xsVar(1), (void *)payload, (xsIntegerValue)header.length);
    board_drop(link->connection, kBoardHeaderBytes + header.length);
    xsCallFunction2(xsReference(link->base.callbacks[kOnMessage]), link->base.slot, xsVar(0), xsVar(1));
    xsEndHost(the);
    return parse;
}

static BoardParse deliver_line(xsMachine *the, Link *link)
{
    size_t count, length;
    const uint8_t *input = board_input(link->connection, &count);
    BoardParse parse = board_parse_line(input, count, kLineMaximum, &length);
    if (parse != kBoardComplete)
        return parse;
    xsBeginHost(the);
    xsmcVars(1);
    xsmcSetStringBuffer(xsVar(0), (char *)input, (xsIntegerValue)length);
    board_drop(link->connection, length + 1);
    xsCallFunction1(xsReference(link->base.callbacks[kOnMessage]), link->base.slot, xsVar(0));
    xsEndHost(the);
    return parse;
}

/* Delivers everything that is whole. A callback may close the link. False: the link is of no more use. */
static bool deliver(xsMachine *the, Link *link)
{
    BoardParse parse = kBoardComplete;
    while (parse == kBoardComplete && link->connection)
        parse = link->mode == kLinkLines ? deliver_line(the, link) : deliver_message(the, link);
    return link->connection && parse == kBoardIncomplete;
}

static void on_watch(xsMachine *the, int events, void *refcon)
{
    Link *link = refcon;
    (void)events;
    native_hold(&link->base);
    BoardStatus status = link->mode == kLinkRequests ? kBoardGone : board_receive(link->connection);
    if (link->mode != kLinkRequests && !deliver(the, link))
        status = kBoardBroken;
    if (status != kBoardOk)
        fail(link);
    native_release(&link->base);
}

/* (opening line, mode, onMessage, onClose) → answer line */
void xs_boardlink_constructor(xsMachine *the)
{
    char opening[kBoardLineMaximum], answer[kBoardLineMaximum], error[160];
    Link *link = native_create(the, sizeof *link, &kHooks);
    native_text(the, &xsArg(0), "opening line", opening, 1, sizeof opening);
    link->mode = (LinkMode)xsmcToInteger(xsArg(1));
    link->base.callbacks[kOnMessage] = xsmcTest(xsArg(2)) ? fxToReference(the, &xsArg(2)) : NULL;
    link->base.callbacks[kOnClose] = xsmcTest(xsArg(3)) ? fxToReference(the, &xsArg(3)) : NULL;
    link->connection = board_open(opening, answer, error, sizeof error);
    if (!link->connection)
        xsUnknownError("%s", error);
    link->notifier = runner_notifier_new(the, report_end, link);
    if (!link->notifier || !board_watch(the, link->connection, link->mode == kLinkRequests ? kRunnerHangup : kRunnerReadable, on_watch, link))
        xsUnknownError("no memory");
    native_remember(the, &link->base);
    xsmcSetString(xsResult, answer);
}

void xs_boardlink_close(xsMachine *the)
{
    xs_boardlink_destructor(native_detach(the, &xsThis, &kHooks));
}

/* Sends the message in the arguments (type, head?, body?). */
static BoardStatus send_arguments(xsMachine *the, Link *link, bool request)
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
    return request ? board_request(link->connection, letter, parts[0], lengths[0], parts[1], lengths[1])
                   : board_send(link->connection, letter, parts[0], lengths[0], parts[1], lengths[1]);
}

/* (type, head?, body?): sends a message that has no answer. */
void xs_boardlink_send(xsMachine *the)
{
    Link *link = validate_open(the);
    BoardStatus status = send_arguments(the, link, false);
    if (status != kBoardOk)
        throw_status(the, link, status);
}

/* (line, newline included): sends it. */
void xs_boardlink_sendLine(xsMachine *the)
{
    Link *link = validate_open(the);
    const char *line = xsmcToString(xsArg(0));
    BoardStatus status = board_send_bytes(link->connection, line, strlen(line));
    if (status != kBoardOk)
        throw_status(the, link, status);
}

static BoardStatus await_message(Link *link, BoardHeader *header, const uint8_t **payload)
{
    for (;;) {
        BoardParse parse = board_message(link->connection, header, payload);
        if (parse != kBoardIncomplete)
            return parse == kBoardComplete ? kBoardOk : kBoardBroken;
        BoardStatus status = board_await(link->connection);
        if (status != kBoardOk)
            return status;
    }
}

/* (type, head?, body?) → payload of the answer; its type is then `this.type`. */
void xs_boardlink_request(xsMachine *the)
{
    Link *link = validate_open(the);
    BoardHeader header;
    const uint8_t *payload;
    if (link->mode != kLinkRequests)
        xsUnknownError("not a connection of requests and answers");
    BoardStatus status = send_arguments(the, link, true);
    if (status == kBoardOk)
        status = await_message(link, &header, &payload);
    if (status != kBoardOk)
        throw_status(the, link, status);
    xsmcSetArrayBuffer(xsResult, (void *)payload, (xsIntegerValue)header.length);
    board_drop(link->connection, kBoardHeaderBytes + header.length);
    char type[2] = {(char)header.type, 0};
    xsmcVars(1);
    xsmcSetString(xsVar(0), type);
    xsmcSet(xsThis, xsID_type, xsVar(0));
}
