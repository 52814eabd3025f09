// SPDX-License-Identifier: Apache-2.0
declare module "embedded:network/dnssd" {
  import type UDP from "embedded:io/socket/udp";

  export interface DNSSDSocketOptions {
    io: typeof UDP;
    address?: string;
    multicast?: string;
    timeToLive?: number;
  }

  export interface DNSSDOptions {
    socket: DNSSDSocketOptions;
  }

  export interface ClaimOptions {
    /** Host name without `.local`. */
    host: string;
    onReady?(): void;
    /** The name is taken. */
    onError?(): void;
  }

  export interface ClaimHandle {
    close(): void;
  }

  export interface ServiceObject {
    name: string;
    host: string;
    address: string;
    port: number;
    txt?: Map<string, string | undefined>;
  }

  export interface DiscoverOptions {
    serviceType: string;
    onFound?(service: ServiceObject): void;
    onUpdate?(service: ServiceObject): void;
    onLost?(service: ServiceObject): void;
  }

  export interface DiscoverHandle {
    close(): void;
  }

  export interface AdvertiseOptions {
    /** For example `_tcam-socket._tcp`. */
    serviceType: string;
    host: string;
    name?: string;
    port: number;
    txt?: Map<string, string | ByteBuffer>;
  }

  export interface AdvertiseHandle {
    close(): void;
    updateTXT(txt: Map<string, string | ByteBuffer>): void;
  }

  export default class DNSSD {
    constructor(options: DNSSDOptions);
    close(): void;
    claim(options: ClaimOptions): ClaimHandle;
    discover(options: DiscoverOptions): DiscoverHandle;
    advertise(options: AdvertiseOptions): AdvertiseHandle;
  }
}
