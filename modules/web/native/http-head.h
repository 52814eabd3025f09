/* SPDX-License-Identifier: Apache-2.0 */
#ifndef HTTP_HEAD_H
#define HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads the head of an HTTP/1.x request (RFC 9112) as its bytes come: the request line, and the fields that a camera
 * uses. Strict where servers and proxies disagree, since that is how requests are smuggled: lines end with CR LF; no
 * bare CR or LF, no NUL, no folded line, no space before a colon. The result does not depend on how the stream is split
 * into reads. Portable: no OS, no malloc, no globals.
 */

typedef enum HttpMethod {
    kHttpGet,
    kHttpHead,
    kHttpPost,
    kHttpPut,
    kHttpOptions,
    kHttpOtherMethod,
} HttpMethod;

/* Fields whose value is kept. All others are checked and dropped. */
typedef enum HttpField {
    kHttpHost,
    kHttpOrigin,
    kHttpConnection,
    kHttpUpgrade,
    kHttpContentType,
    kHttpExpect,
    kHttpIfNoneMatch,
    kHttpSecFetchSite,
    kHttpWebSocketKey,
    kHttpWebSocketVersion,
    kHttpWebSocketProtocol,
    kHttpFields, /* the number of fields */
} HttpField;

enum {
    kHttpLineMaximum = 1024,   /* bytes of the request line without CR LF; more: 414 */
    kHttpHeaderMaximum = 4096, /* bytes of all field lines with CR LF; more: 431 */
    kHttpFieldsMaximum = 48,   /* field lines; more: 431 */
    kHttpTextMaximum = kHttpLineMaximum + kHttpHeaderMaximum,
};

typedef struct HttpText {
    uint16_t at, length; /* in `text`; a length of 0 at 0 is no field */
} HttpText;

typedef struct HttpHead {
    /* 0 while bytes are missing; 200 when the head is complete; otherwise the status to refuse the request with. */
    uint16_t status;
    HttpMethod method;
    uint8_t minor;      /* of the version: HTTP/1.0 or HTTP/1.1 */
    bool has_length;    /* there is a Content-Length */
    uint32_t length;    /* its value */
    HttpText target;    /* of the request line: a path with its query, "*", or a URL */
    HttpText fields[kHttpFields];
    char text[kHttpTextMaximum]; /* target and kept values */

    /* State of the reader. */
    uint16_t used;      /* of `text` */
    uint16_t bytes;     /* of the request line, then of all field lines */
    uint8_t state;
    uint8_t lines;      /* field lines begun */
    int8_t field;       /* that is being read: an HttpField, or one of those that are not kept */
    uint8_t name_length;
    bool transfer_encoding;
    uint32_t digits;    /* value of the Content-Length that is being read */
    uint8_t digit_count;
    bool digits_ended;  /* a space came after them */
    char name[28];
} HttpHead;

void http_head_init(HttpHead *head);

/*
 * Consumes bytes up to the end of the head or the first error. Returns the number consumed: what follows is the body or
 * the next request. Consumes nothing once `status` is not 0.
 */
size_t http_head_feed(HttpHead *head, const uint8_t *bytes, size_t count);

/* True if a field is there, which may be empty. */
bool http_head_has(const HttpHead *head, HttpField field);

#endif
