// SPDX-License-Identifier: Apache-2.0

/** x¹⁶ + x¹² + x⁵ + 1, most significant bit first, start 0, no final xor: the Lepton's CRC on VoSPI and CCI (Software IDD 2.2). */
const POLYNOMIAL = 0x1021;

function makeTable(): Uint16Array {
  const table = new Uint16Array(65536);
  for (let word = 0; word < 65536; word++) {
    let crc = word;
    for (let bit = 0; bit < 16; bit++) crc = crc & 0x8000 ? ((crc << 1) ^ POLYNOMIAL) & 0xffff : (crc << 1) & 0xffff;
    table[word] = crc;
  }
  return table;
}

/** One step over a whole 16-bit word: `crc = CRC_WORD[crc ^ word]`. */
export const CRC_WORD: Uint16Array = makeTable();

/** CRC over bytes. */
export function crcBytes(bytes: Uint8Array, crc = 0): number {
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ (CRC_WORD[(crc >> 8) ^ byte] as number);
  return crc;
}
