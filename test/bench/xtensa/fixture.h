/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FIXTURE_H
#define FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include "image-encoder.h"
#include "vospi-assembler.h"

/* A frame's four segments as the sensor sends them, and an assembler to take them. Apart from what is measured, so that it costs every program the same. */
extern _Alignas(4) uint8_t fixture_segments[kVospiSegments][kVospiSegmentBytes];
extern VospiFrame fixture_frame;
extern ImageEncoderTable fixture_table;
extern VospiStatistics fixture_statistics;
extern VospiAssembler fixture_assembler;

/* `numbered`: with segment numbers 1 to 4, otherwise all empty. */
void fixture_prepare(bool numbered);

/* Word `index` of the frame: pixels, then telemetry. */
uint16_t fixture_word(uint32_t index);

/* 8,192 bytes of an update in base64, with fixture_byte(index) at each. */
enum { kFixtureBytes = 8192 };
extern uint8_t fixture_text[(kFixtureBytes + 2) / 3 * 4];
uint8_t fixture_byte(uint32_t index);

/* The command that brings it, with delimiters. */
extern uint8_t fixture_command[sizeof fixture_text + 100];
extern size_t fixture_command_size;

#endif
