// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/socket/tcp" {
  export type Options = ((({ address: string } | { host: string }) & { port: number }) | { from: TCP }) & {
    nodelay?: boolean;
    /** Milliseconds of silence after which the peer is probed: an extension of this project; the SDK's own classes ignore it. */
    keepalive?: number;
    /**
     * Bytes that may be written and not yet acknowledged, 2,872 (two segments) or more; absent, or more than the send buffer: the send
     * buffer's, 28,672. Connections share internal RAM by it. An extension of this project.
     */
    sendLimit?: number;
    /** `bytes` can be read now. */
    onReadable?: (this: TCP, bytes: number) => void;
    /** `bytes` can be written now. Called when connected, and after the peer has acknowledged data. */
    onWritable?: (this: TCP, bytes: number) => void;
    /**
     * End of input: the peer shut down its sending side, and everything received was read. An extension of this project.
     * With it the connection stays writable (half-closed) until close(), and onWritable goes on; without it the end of input is onError.
     */
    onEnd?: (this: TCP) => void;
    /** The source of pump() is over: `bytes` of it were written, fewer than its length if it ended early. An extension of this project. */
    onPumped?: (this: TCP, bytes: number) => void;
    /**
     * The connection is over; comes once. After a reset, a TCP user timeout or failed keep-alive probes it comes at once: bytes received
     * before stay readable until close(). Without onEnd it is also the end of input, after everything received was read.
     */
    onError?: (this: TCP) => void;
    format?: "number" | "buffer";
    target?: unknown;
  };

  /** Bytes that are read once: read() writes the next ones into `target` and returns their number, 0 at the end. */
  export interface ByteSource {
    read(target: Uint8Array): number;
  }

  export default class TCP {
    constructor(options: Options);
    readonly remoteAddress: string | undefined;
    readonly remotePort: number | undefined;
    /** All received bytes, or `byteLength` of them; throws if there are fewer. A number with format "number". undefined: nothing to read. */
    read(byteLength?: number): number | ArrayBuffer | undefined;
    /** Fills the buffer; throws if there are fewer bytes. Returns its length. */
    read(buffer: ByteBuffer): number | undefined;
    /**
     * Takes all of the bytes or none.
     * @returns the room that is left in bytes. Memory limits it too, so it may shrink by more than was written. 0: wait for
     *   onWritable. undefined: the connection is over
     * @throws "would block" without room for all of them: nothing was taken, and there is no room until the next onWritable
     */
    write(value: number | ByteBuffer): number | undefined;
    /**
     * Writes the `length` bytes of a source as room comes, without further calls of JavaScript. Until it is over, write() throws and
     * onWritable is not called; after that, onWritable comes again after the next write(), which may be of no bytes. An extension of this
     * project.
     * @param source an object with a native source, as ImageEncoder; it must not be read or changed meanwhile
     * @returns true: all is written. false: onPumped follows, or onError. undefined: the connection is over
     * @throws TypeError for another source; Error when the source ended early at once
     */
    pump(source: ByteSource, length: number): boolean | undefined;
    /** Bytes that the last pump() has written so far. */
    readonly pumped: number;
    close(): void;
    get format(): "number" | "buffer";
    set format(value: "number" | "buffer");
  }
}
