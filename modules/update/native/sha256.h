/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SHA256_H
#define SHA256_H

/* SHA-256 (FIPS 180-4). Portable: no OS, no memory of its own, no globals. */

#include <stdint.h>

enum { kSha256Bytes = 32, kSha256BlockBytes = 64 };

typedef struct Sha256 {
    uint32_t state[8];
    uint32_t count; /* bytes so far */
    uint8_t block[kSha256BlockBytes];
} Sha256;

void sha256_init(Sha256 *sha);
/* At most 512 MB in all. */
void sha256_take(Sha256 *sha, const uint8_t *bytes, uint32_t count);
/* Ends the hash: `sha` must be initialised before it is used again. */
void sha256_end(Sha256 *sha, uint8_t digest[kSha256Bytes]);

#endif
