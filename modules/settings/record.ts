// SPDX-License-Identifier: Apache-2.0
/**
 * A stored copy of a group: `1 <sequence> <CRC-32> <JSON>`. The text is readable in a dump of the store. The JSON names
 * every setting, so that settings can be added later. The checksum detects a torn copy.
 */
const FORMAT = "1";
const POLYNOMIAL = 0xedb88320;

export interface StoredCopy {
  /** Number of the write; the higher one of two copies is the newer. */
  sequence: number;
  values: Readonly<Record<string, unknown>>;
}

export const encodeCopy = (sequence: number, values: object): string => {
  const content = JSON.stringify(values);
  return `${FORMAT} ${sequence} ${checksum(sequence, content)} ${content}`;
};

/** Undefined if the text is not a whole copy in this format. */
export const decodeCopy = (text: string): StoredCopy | undefined => {
  const match = /^(\d+) (\d{1,15}) ([0-9a-f]{8}) (\{.*\})$/.exec(text);
  if (!match) return undefined;
  const [, format, digits, crc, content] = match;
  const sequence = Number(digits);
  if (format !== FORMAT || content === undefined || checksum(sequence, content) !== crc) return undefined;
  return { sequence, values: JSON.parse(content) as Record<string, unknown> };
};

/**
 * CRC-32 as in zlib, over the sequence number and the UTF-16 code units of the content, low byte first; eight
 * hexadecimal digits.
 */
const checksum = (sequence: number, content: string): string => {
  const text = `${sequence} ${content}`;
  let crc = ~0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    crc = addByte(addByte(crc, unit & 0xff), unit >> 8);
  }
  return (~crc >>> 0).toString(16).padStart(8, "0");
};

const addByte = (crc: number, byte: number): number => {
  crc ^= byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  return crc;
};
