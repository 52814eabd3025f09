/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOSSLESS_DECODER_H
#define LOSSLESS_DECODER_H

#include <stddef.h>
#include <stdint.h>

/* Decodes what lossless-encoder.h describes, the plain way. Returns the bytes used, or 0 if they are not a frame. */
size_t lossless_decode(uint8_t *pixels, const uint8_t *bytes, size_t length);

#endif
