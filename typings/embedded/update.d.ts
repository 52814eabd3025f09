// SPDX-License-Identifier: Apache-2.0
declare module "embedded:update" {
  import type { Flash } from "embedded:storage/flash";

  export interface UpdateOpenOptions {
    partition: Flash;
    /** "a" (default): bytes come in order; "w": at any offset. */
    mode?: "a" | "w";
    byteLength?: number;
  }

  export interface Updater {
    /** Aborts an update that was not completed; the boot partition stays. */
    close(): void;
    /** Checks the image and selects the partition for the next boot. */
    complete(): void;
    write(bytes: ByteBuffer): void;
    write(bytes: ByteBuffer, byteOffset: number): void;
    format: "buffer";
  }

  const Update: { open(options: UpdateOpenOptions): Updater };

  export default Update;
}
