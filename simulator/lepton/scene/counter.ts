// SPDX-License-Identifier: Apache-2.0

import * as geometry from "./scene";
import type { WordScene } from "./scene";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS, PIXELS } = geometry;

/** A packet carries half a row. */
const PACKET_PIXELS = 80;
const MASK = { 8: 0xff, 14: 0x3fff, 16: 0x3fff } as const;

/**
 * Writes a frame of the counter scene. The first word of each packet is the frame number, the second the packet's place in
 * the frame, the rest a pattern of both: no packet is flat, no two packets of a frame and no two successive frames agree
 * anywhere but in the packet numbers.
 * @param words 19,200 of them
 * @param frame telemetry frame counter
 * @param mask 0x3fff, or 0xff with AGC
 */
function writeCounter(words: Uint16Array, frame: number, mask: number): void {
  for (let packet = 0, i = 0; i < PIXELS; packet++) {
    const base = frame * 31 + packet * 79;
    for (let place = 0; place < PACKET_PIXELS; place++, i++) words[i] = (base + place * 7) & mask;
    words[i - PACKET_PIXELS] = frame & mask;
    words[i - PACKET_PIXELS + 1] = packet & mask;
  }
}

/** A test scene without noise that carries its frame number in every packet: a torn image shows two numbers. */
export class CounterScene implements WordScene {
  readonly kind = "words";
  readonly name = "counter";

  words(frame: number, words: Uint16Array, bits: 8 | 14 | 16): void {
    writeCounter(words, frame, MASK[bits]);
  }
}

/** Result of `checkCounterImage`. */
export type CounterCheck = { whole: true; frame: number } | { whole: false; error: string };

/**
 * Checks that an image of the counter scene is whole and from one frame.
 * @param words the image's 19,200 words
 * @param agc true when the picture was taken with AGC on (8 bits)
 * @param telemetry true when segments have 61 packets; only used in the error
 * @returns the frame number (14 bits; 8 with AGC), or which row, packet and segment are wrong and how
 */
export function checkCounterImage(words: ArrayLike<number>, agc = false, telemetry = true): CounterCheck {
  if (words.length !== PIXELS) return { whole: false, error: `${words.length} words in place of ${PIXELS}` };
  const mask = agc ? MASK[8] : MASK[16];
  const frame = words[0] as number;
  const whole = new Uint16Array(PIXELS);
  writeCounter(whole, frame, mask);
  for (let i = 0; i < PIXELS; i++) {
    const expected = whole[i];
    if (words[i] === expected) continue;
    const packet = Math.floor(i / PACKET_PIXELS);
    const perSegment = telemetry ? 61 : 60;
    const place =
      `row ${Math.floor(i / COLUMNS)} column ${i % COLUMNS}, image packet ${packet}, ` +
      `segment ${Math.floor(packet / perSegment) + 1} packet ${packet % perSegment} (footer)`;
    const carried = words[packet * PACKET_PIXELS] as number;
    const from = carried === frame ? "" : `; this packet carries frame ${carried}`;
    return { whole: false, error: `${place}: ${words[i]} in place of ${expected} of frame ${frame}${from}` };
  }
  return { whole: true, frame };
}
