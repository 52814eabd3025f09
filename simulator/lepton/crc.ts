// SPDX-License-Identifier: Apache-2.0

/** x¹⁶ + x¹² + x⁵ + 1, most significant bit first, start 0, no final xor: the Lepton's CRC on VoSPI and CCI (Software IDD 2.2). */
const POLYNOMIAL = 0x1021;

/** @param step of the words that are the table's entries */
function makeTable(step: number): Uint16Array {
  const table = new Uint16Array(256);
  for (let i = 0; i < 256; i++) {
    let crc = i * step;
    for (let bit = 0; bit < 16; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
    table[i] = crc;
  }
  return table;
}

/**
 * One step over a whole 16-bit word: `x = crc ^ word; crc = CRC_HIGH[x >> 8] ^ CRC_LOW[x & 0xff]`. The CRC is linear; one table of
 * 65,536 words would not fit the processor's first cache.
 */
export const CRC_HIGH: Uint16Array = makeTable(256);
export const CRC_LOW: Uint16Array = makeTable(1);

/** CRC over bytes. */
export function crcBytes(bytes: Uint8Array, crc = 0): number {
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_LOW[(crc >> 8) ^ byte] as number);
  return crc;
}
