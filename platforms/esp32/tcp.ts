// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/tcp";
import type { Options } from "embedded:io/socket/tcp";

/** TCP; see native/lwip-tcp.c. Without options it waits for Listener.read() to make it a connection. */
class TCP extends Native("xs_lwip_tcp_destructor") implements Declared {
  constructor(options?: Options) {
    super();
    native("xs_lwip_tcp").call(this, options);
  }
  close(): void {
    native("xs_lwip_tcp_close").call(this);
  }
  read(count?: number | ByteBuffer): never {
    return native("xs_lwip_tcp_read").call(this, count) as never;
  }
  write(value: number | ByteBuffer): number | undefined {
    return native("xs_lwip_tcp_write").call(this, value);
  }
  get remoteAddress(): string | undefined {
    return native("xs_lwip_tcp_get_remote_address").call(this);
  }
  get remotePort(): number | undefined {
    return native("xs_lwip_tcp_get_remote_port").call(this);
  }
  get format(): "number" | "buffer" {
    return native("xs_lwip_tcp_get_format").call(this);
  }
  set format(value: "number" | "buffer") {
    native("xs_lwip_tcp_set_format").call(this, value);
  }
}

export default TCP;
