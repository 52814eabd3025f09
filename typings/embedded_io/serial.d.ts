// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/serial" {
  import type { PinSpecifier, PortSpecifier } from "embedded:io/_common";

  export interface SerialOptions {
    receive?: PinSpecifier;
    transmit?: PinSpecifier;
    baud: number;
    port?: PortSpecifier;
    onReadable?: (this: Serial, bytes: number) => void;
    onWritable?: (this: Serial, bytes: number) => void;
    format?: "number" | "buffer";
    target?: unknown;
  }

  class Serial {
    constructor(options: SerialOptions);
    close(): void;
    /** Everything received (one byte with format "number"); undefined when nothing was. */
    read(): number | ArrayBuffer | undefined;
    read(byteLength: number): ArrayBuffer | undefined;
    read(buffer: ByteBuffer): number | undefined;
    /**
     * Takes all of it, or throws "output full" when it does not fit.
     * @returns how many more bytes can be written: an extension of this project
     */
    write(value: number | ByteBuffer): number;
    get format(): "number" | "buffer";
    set format(value: "number" | "buffer");
  }

  export default Serial;
}
