// SPDX-License-Identifier: Apache-2.0
import type { FlashOpenOptions } from "embedded:storage/flash";
import { Flash } from "platforms/linux/partition";

export default Object.freeze({
  open(options: FlashOpenOptions): Flash {
    return new Flash(options);
  },
  /** The partitions of the board's table (docs/board-link.md). */
  *[Symbol.iterator](): IterableIterator<string> {
    yield* ["otadata", "factory", "ota_0", "ota_1"];
  },
});
