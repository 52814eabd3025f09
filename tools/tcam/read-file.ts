// SPDX-License-Identifier: Apache-2.0
import { closeSync, openSync, readSync } from "node:fs";

/**
 * Content of a file or pipe of at most `limit` bytes. A device such as /dev/zero has no end.
 * @throws the system's error, or an Error if there are more bytes
 */
export function readFileUpTo(path: string, limit: number): Buffer {
  const bytes = Buffer.alloc(limit + 1);
  const file = openSync(path, "r");
  try {
    let length = 0;
    for (let count = -1; count !== 0 && length <= limit; length += count)
      count = readSync(file, bytes, length, bytes.length - length, null);
    if (length > limit) throw new Error(`it has more than ${limit} bytes`);
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}
