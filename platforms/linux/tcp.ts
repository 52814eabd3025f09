// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/tcp";
import type { Options } from "embedded:io/socket/tcp";

// A string literal is a new string each time it is evaluated here: what runs for every piece of an image looks its function up once.
const read = native("xs_tcp_read");
const write = native("xs_tcp_write");

/** TCP with the ESP32's semantics; see native/tcp.c. Without options it waits for Listener.read() to make it a connection. */
class TCP extends Native("xs_tcp_destructor") implements Declared {
  constructor(options?: Options) {
    super();
    native("xs_tcp_constructor").call(this, options);
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
  get remoteAddress(): string | undefined {
    return native("xs_tcp_get_remoteAddress").call(this);
  }
  get remotePort(): number | undefined {
    return native("xs_tcp_get_remotePort").call(this);
  }
  get format(): "number" | "buffer" {
    return native("xs_tcp_get_format").call(this);
  }
  set format(value: "number" | "buffer") {
    native("xs_tcp_set_format").call(this, value);
  }
}

export default TCP;
