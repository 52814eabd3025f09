/* SPDX-License-Identifier: Apache-2.0 */
#ifndef LOSSLESS_ENCODER_H
#define LOSSLESS_ENCODER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Lossless compression of a frame: a bit stream, most significant bit first, for each of the 120 rows
 *
 *   8 bits             k, 0 to 12
 *   160 residuals      zigzag (0, -1, 1, -2, …) of pixel minus prediction, as a Rice code:
 *                      quotient (residual >> k) in zeros, a one, then the k low bits;
 *                      a quotient of 24 or more as 24 zeros and the residual in 17 bits
 *
 * then zeros up to a whole byte. A pixel is predicted from its neighbours a (left), b (above) and c (above left): by
 * min(a, b) if c >= max(a, b), by max(a, b) if c <= min(a, b), otherwise by a + b - c (the median edge detector of
 * LOCO-I). The first row is predicted from the left, the first column from above, the first pixel as 0.
 * Portable: no OS, no malloc, no globals.
 */

/* A row is at most this long. The encoder stops when fewer bytes are left. */
enum { kLosslessRowMaximum = 822 };

/*
 * Compresses a frame into `target`, at most `capacity` bytes. Returns the number of bytes, or 0 if they do not fit:
 * noise does not become shorter. `pixels`: of a VospiFrame.
 */
size_t lossless_encode(uint8_t *target, size_t capacity, const uint8_t *pixels);

#endif
