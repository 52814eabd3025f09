// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/socket/listener" {
  import type TCP from "embedded:io/socket/tcp";

  export interface ListenerOptions {
    port?: number;
    address?: string;
    onReadable?: (this: Listener, requests: number) => void;
    format?: "socket/tcp";
    target?: unknown;
  }

  class Listener {
    constructor(options: ListenerOptions);
    close(): void;
    /** The next connection, for `new TCP({ from })`; undefined: no connection is waiting. */
    read(): TCP | undefined;
    readonly port: number;
    get format(): "socket/tcp";
    set format(value: "socket/tcp");
  }

  export default Listener;
}
