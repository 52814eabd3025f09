/* SPDX-License-Identifier: Apache-2.0 */
#include "http-head.h"

#include <string.h>

enum {
    kStateStart, /* before the request line: one empty line is skipped (RFC 9112 section 2.2) */
    kStateStartLf,
    kStateMethod,
    kStateTarget,
    kStateVersion,
    kStateLineLf,
    kStateName, /* at the beginning of a field line, or in its name */
    kStateBeforeValue,
    kStateValue,
    kStateValueLf,
    kStateEndLf,
};

/* Fields that are read and not kept. */
enum { kFieldOther = -1, kFieldContentLength = -2, kFieldTransferEncoding = -3 };

enum { kContentLengthDigits = 10 };

typedef struct FieldName {
    const char *name; /* lower case */
    int8_t field;
    bool list; /* may come more than once: values are joined with a comma */
} FieldName;

static const FieldName kNames[] = {
    {"host", kHttpHost, false},
    {"origin", kHttpOrigin, false},
    {"connection", kHttpConnection, true},
    {"upgrade", kHttpUpgrade, true},
    {"content-type", kHttpContentType, false},
    {"expect", kHttpExpect, false},
    {"if-none-match", kHttpIfNoneMatch, true},
    {"sec-fetch-site", kHttpSecFetchSite, false},
    {"sec-websocket-key", kHttpWebSocketKey, false},
    {"sec-websocket-version", kHttpWebSocketVersion, false},
    {"sec-websocket-protocol", kHttpWebSocketProtocol, true},
    {"content-length", kFieldContentLength, false},
    {"transfer-encoding", kFieldTransferEncoding, true},
};

static const struct {
    const char *name;
    HttpMethod method;
} kMethods[] = {{"GET", kHttpGet}, {"HEAD", kHttpHead}, {"POST", kHttpPost}, {"PUT", kHttpPut}, {"OPTIONS", kHttpOptions}};

static const char kVersion[] = "HTTP/1.";

void http_head_init(HttpHead *head)
{
    memset(head, 0, offsetof(HttpHead, text));
    memset((char *)head + offsetof(HttpHead, used), 0, sizeof *head - offsetof(HttpHead, used));
    head->state = kStateStart;
}

bool http_head_has(const HttpHead *head, HttpField field)
{
    return head->fields[field].at != 0;
}

static void refuse(HttpHead *head, uint16_t status)
{
    if (!head->status)
        head->status = status;
}

/* A character of a token (RFC 9110 section 5.6.2). */
static bool is_token(uint8_t byte)
{
    if ((byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z'))
        return true;
    return byte > ' ' && byte < 0x7f && strchr("!#$%&'*+-.^_`|~", byte) != NULL;
}

static void append(HttpHead *head, HttpText *text, uint8_t byte)
{
    head->text[head->used++] = (char)byte;
    text->length++;
}

static bool name_is(const HttpHead *head, const char *name)
{
    return strlen(name) == head->name_length && !memcmp(head->name, name, head->name_length);
}

/* A name that is too long for `name` is no known one. */
static void add_to_name(HttpHead *head, uint8_t byte)
{
    if (head->name_length < sizeof head->name)
        head->name[head->name_length] = (char)byte;
    if (head->name_length <= sizeof head->name)
        head->name_length++;
}

static void end_method(HttpHead *head)
{
    head->method = kHttpOtherMethod;
    for (size_t i = 0; i < sizeof kMethods / sizeof kMethods[0]; i++)
        if (name_is(head, kMethods[i].name))
            head->method = kMethods[i].method;
    head->state = kStateTarget;
    /* Place 0 of `text` is left out, so that no text has it. */
    head->target.at = head->used = 1;
}

static void end_target(HttpHead *head)
{
    uint8_t first = (uint8_t)head->text[head->target.at];
    bool path = first == '/', asterisk = first == '*' && head->target.length == 1 && head->method == kHttpOptions;
    bool url = head->target.length > 7 && !memcmp(head->text + head->target.at, "http://", 7);

    if (!head->target.length || !(path || asterisk || url))
        refuse(head, 400);
    head->state = kStateVersion;
    head->name_length = 0;
}

/* At the end of the request line: `name` is the version. */
static void end_version(HttpHead *head)
{
    size_t length = sizeof kVersion - 1;
    if (head->name_length == length + 1 && !memcmp(head->name, kVersion, length) && (head->name[length] == '0' || head->name[length] == '1'))
        head->minor = (uint8_t)(head->name[length] - '0');
    else
        refuse(head, head->name_length == length + 1 && !memcmp(head->name, kVersion, 5) ? 505 : 400);
    head->state = kStateLineLf;
}

static void begin_line(HttpHead *head)
{
    head->state = kStateName;
    head->name_length = 0;
}

/* At the colon. */
static void end_name(HttpHead *head)
{
    const FieldName *found = NULL;

    if (!head->name_length)
        refuse(head, 400);
    if (++head->lines > kHttpFieldsMaximum)
        refuse(head, 431);
    for (size_t i = 0; i < sizeof kNames / sizeof kNames[0]; i++)
        if (name_is(head, kNames[i].name))
            found = &kNames[i];
    head->field = found ? found->field : kFieldOther;
    head->digit_count = 0;
    head->digits = 0;
    head->digits_ended = false;
    head->state = kStateBeforeValue;
    if (head->field == kFieldTransferEncoding)
        head->transfer_encoding = true;
    if (head->field < 0)
        return;
    HttpText *text = &head->fields[head->field];
    if (text->at && !found->list)
        refuse(head, 400);
    if (text->at) {
        /* Another line of a list: the values before move to the end, so that the text stays in one piece. */
        if ((size_t)head->used + text->length + 1 > sizeof head->text) {
            refuse(head, 431);
            return;
        }
        memmove(head->text + head->used, head->text + text->at, text->length);
        text->at = head->used;
        head->used = (uint16_t)(head->used + text->length);
        append(head, text, ',');
    } else
        text->at = head->used;
}

static void add_digit(HttpHead *head, uint8_t byte)
{
    if (byte == ' ' || byte == '\t')
        head->digits_ended = true;
    else if (byte < '0' || byte > '9' || head->digits_ended)
        refuse(head, 400);
    else if (head->digit_count == kContentLengthDigits || head->digits > (UINT32_MAX - (byte - '0')) / 10)
        refuse(head, 413);
    else {
        head->digits = head->digits * 10 + (byte - '0');
        head->digit_count++;
    }
}

/* A byte of a value: visible ASCII, space, tab, or 0x80 and above (RFC 9110 section 5.5). */
static void add_to_value(HttpHead *head, uint8_t byte)
{
    if ((byte < ' ' && byte != '\t') || byte == 0x7f)
        refuse(head, 400);
    else if (head->field >= 0) {
        if (head->used == sizeof head->text)
            refuse(head, 431);
        else
            append(head, &head->fields[head->field], byte);
    } else if (head->field == kFieldContentLength)
        add_digit(head, byte);
}

static void end_value(HttpHead *head)
{
    head->state = kStateValueLf;
    if (head->field == kFieldContentLength) {
        if (!head->digit_count || (head->has_length && head->length != head->digits))
            refuse(head, 400);
        head->has_length = true;
        head->length = head->digits;
    }
    if (head->field < 0)
        return;
    HttpText *text = &head->fields[head->field];
    while (text->length && (head->text[head->used - 1] == ' ' || head->text[head->used - 1] == '\t')) {
        head->used--;
        text->length--;
    }
}

/* After the last field line. */
static void end_head(HttpHead *head)
{
    if (head->transfer_encoding)
        refuse(head, head->has_length ? 400 : 501);
    if (head->minor == 1 && !http_head_has(head, kHttpHost))
        refuse(head, 400);
    refuse(head, 200);
}

static void feed_line(HttpHead *head, uint8_t byte)
{
    if (head->state == kStateMethod) {
        if (byte == ' ' && head->name_length)
            end_method(head);
        else if (is_token(byte))
            add_to_name(head, byte);
        else
            refuse(head, 400);
    } else if (head->state == kStateTarget) {
        if (byte == ' ')
            end_target(head);
        else if (byte > ' ' && byte < 0x7f && byte != '#')
            append(head, &head->target, byte);
        else
            refuse(head, 400);
    } else if (byte == '\r')
        end_version(head);
    else if (byte > ' ' && byte < 0x7f)
        add_to_name(head, byte);
    else
        refuse(head, 400);
}

static void feed_field(HttpHead *head, uint8_t byte)
{
    if (head->state == kStateName) {
        if (byte == ':')
            end_name(head);
        else if (byte == '\r' && !head->name_length)
            head->state = kStateEndLf;
        else if (is_token(byte))
            add_to_name(head, byte >= 'A' && byte <= 'Z' ? byte + ('a' - 'A') : byte);
        else
            refuse(head, 400);
    } else if (byte == '\r')
        end_value(head);
    else if (head->state == kStateBeforeValue && (byte == ' ' || byte == '\t'))
        return;
    else {
        head->state = kStateValue;
        add_to_value(head, byte);
    }
}

static void feed_line_feed(HttpHead *head, uint8_t byte)
{
    if (byte != '\n')
        refuse(head, 400);
    else if (head->state == kStateStartLf) {
        head->state = kStateMethod;
        head->bytes = 0;
    } else if (head->state == kStateEndLf)
        end_head(head);
    else {
        if (head->state == kStateLineLf)
            head->bytes = 0;
        begin_line(head);
    }
}

static void feed_byte(HttpHead *head, uint8_t byte)
{
    switch (head->state) {
    case kStateStart:
        head->state = byte == '\r' ? kStateStartLf : kStateMethod;
        if (byte != '\r')
            feed_line(head, byte);
        break;
    case kStateMethod:
    case kStateTarget:
    case kStateVersion:
        feed_line(head, byte);
        break;
    case kStateStartLf:
    case kStateLineLf:
    case kStateValueLf:
    case kStateEndLf:
        feed_line_feed(head, byte);
        break;
    default:
        feed_field(head, byte);
    }
}

/* Counts a byte. In the request line CR LF and an empty line before it are free. */
static void count_byte(HttpHead *head)
{
    bool line = head->state >= kStateMethod && head->state <= kStateVersion;
    if (line || head->state == kStateStart) {
        if (head->bytes++ > kHttpLineMaximum)
            refuse(head, 414);
    } else if (head->state >= kStateName && head->bytes++ >= kHttpHeaderMaximum)
        refuse(head, 431);
}

size_t http_head_feed(HttpHead *head, const uint8_t *bytes, size_t count)
{
    size_t at = 0;
    while (at < count && !head->status) {
        count_byte(head);
        if (!head->status)
            feed_byte(head, bytes[at]);
        at++;
    }
    return at;
}
