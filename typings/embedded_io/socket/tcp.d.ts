// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/socket/tcp" {
  export type Options = ((({ address: string } | { host: string }) & { port: number }) | { from: TCP }) & {
    nodelay?: boolean;
    /** Milliseconds of silence after which the peer is probed: an extension of this project; the SDK's own classes ignore it. */
    keepalive?: number;
    /** `bytes` can be read now. */
    onReadable?: (this: TCP, bytes: number) => void;
    /** `bytes` can be written now: when connected, and after the peer has taken data. */
    onWritable?: (this: TCP, bytes: number) => void;
    /** The connection has ended, in whatever way; comes after everything received was read. */
    onError?: (this: TCP) => void;
    format?: "number" | "buffer";
    target?: unknown;
  };

  export default class TCP {
    constructor(options: Options);
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    /** All there is, or `byteLength` bytes: more than there are throws. A number with format "number". undefined: nothing to read. */
    read(byteLength?: number): number | ArrayBuffer | undefined;
    /** Fills the buffer: one longer than what there is throws. Returns its length. */
    read(buffer: ByteBuffer): number | undefined;
    /**
     * Takes all of it, or throws "would block" when it is more than can be written.
     * @returns how many more bytes can be written; undefined when the connection has ended
     */
    write(value: number | ByteBuffer): number | undefined;
    close(): void;
    get format(): "number" | "buffer";
    set format(value: "number" | "buffer");
  }
}
