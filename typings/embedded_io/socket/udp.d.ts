// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/socket/udp" {
  export interface UDPOptions {
    port?: number;
    /** Address of the interface for multicast; absent: the platform's choice. Ignored on the ESP32, where one interface is up at a time. */
    address?: string;
    /** Group to join and send to. */
    multicast?: string;
    timeToLive?: number;
    onReadable?: (this: UDP, packets: number) => void;
    onError?: (this: UDP) => void;
    format?: "buffer";
    target?: unknown;
  }

  class UDP {
    constructor(options: UDPOptions);
    close(): void;
    write(buffer: ByteBuffer, address: string, port: number): void;
    read(): (ArrayBuffer & { address: string; port: number }) | undefined;
    /** Joins another multicast group. */
    add?(group: string): void;
    remove?(group: string): void;
    get format(): "buffer";
    set format(value: "buffer");
  }

  export default UDP;
}
