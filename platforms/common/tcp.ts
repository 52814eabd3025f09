// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/tcp";
import type { ByteSource, Options } from "embedded:io/socket/tcp";

// Looked up once: on Linux each evaluation of a string literal makes a string, and these two run for every piece of an image.
const read = native("xs_tcp_read");
const write = native("xs_tcp_write");

/** TCP; see native/tcp.c. Without options, Listener.read() makes it a connection. */
class TCP extends Native("xs_tcp_destructor") implements Declared {
  constructor(options?: Options) {
    super();
    native("xs_tcp").call(this, options);
  }
  close(): void {
    native("xs_tcp_close").call(this);
  }
  read(count?: number | ByteBuffer): never {
    return read.call(this, count) as never;
  }
  write(value: number | ByteBuffer): number | undefined {
    return write.call(this, value);
  }
  pump(source: ByteSource, length: number): boolean | undefined {
    return native("xs_tcp_pump").call(this, source, length);
  }
  get pumped(): number {
    return native("xs_tcp_get_pumped").call(this);
  }
  get remoteAddress(): string | undefined {
    return native("xs_tcp_get_remote_address").call(this);
  }
  get remotePort(): number | undefined {
    return native("xs_tcp_get_remote_port").call(this);
  }
  get format(): "number" | "buffer" {
    return native("xs_tcp_get_format").call(this);
  }
  set format(value: "number" | "buffer") {
    native("xs_tcp_set_format").call(this, value);
  }
}

export default TCP;
