/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEBSOCKET_ACCEPT_H
#define WEBSOCKET_ACCEPT_H

#include <stddef.h>
#include <stdint.h>

enum { kSha1Bytes = 20, kWebSocketAcceptCharacters = 28 };

/* SHA-1 (FIPS 180-4), for the handshake only: it is not safe for signatures. */
void sha1(uint8_t digest[kSha1Bytes], const void *data, size_t count);

/* Longest key that websocket_accept() takes. A client's has 24 characters. */
enum { kWebSocketKeyMaximum = 64 };

/*
 * The answer to a client's key (RFC 6455 section 4.2.2): base64 of the SHA-1 of key and GUID. `accept` is not
 * terminated; `length` is at most kWebSocketKeyMaximum.
 */
void websocket_accept(char accept[kWebSocketAcceptCharacters], const char *key, size_t length);

#endif
