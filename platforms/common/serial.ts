// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/serial";
import type { SerialOptions } from "embedded:io/serial";

/** A UART with buffers in both directions; natives: esp32/native/uart-serial.c, linux/native/serial.c. */
class Serial extends Native("xs_serial_destructor") implements Declared {
  constructor(options: SerialOptions) {
    super();
    native("xs_serial").call(this, options);
  }
  close(): void {
    native("xs_serial_close").call(this);
  }
  read(count?: number | ByteBuffer): never {
    return native("xs_serial_read").call(this, count) as never;
  }
  write(value: number | ByteBuffer): number {
    return native("xs_serial_write").call(this, value);
  }
  get format(): "number" | "buffer" {
    return native("xs_serial_get_format").call(this);
  }
  set format(value: "number" | "buffer") {
    native("xs_serial_set_format").call(this, value);
  }
}

export default Serial;
