// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/udp";
import type { UDPOptions } from "embedded:io/socket/udp";

/** UDP over IPv4 with a bounded receive queue; natives: esp32/native/lwip-udp.c, linux/native/udp.c. */
class UDP extends Native("xs_udp_destructor") implements Declared {
  constructor(options: UDPOptions) {
    super();
    native("xs_udp").call(this, options);
  }
  close(): void {
    native("xs_udp_close").call(this);
  }
  read(): (ArrayBuffer & { address: string; port: number }) | undefined {
    return native("xs_udp_read").call(this);
  }
  write(buffer: ByteBuffer, address: string, port: number): void {
    native("xs_udp_write").call(this, buffer, address, port);
  }
  /** Joins a multicast group. */
  add(group: string): void {
    native("xs_udp_add").call(this, group);
  }
  /** Leaves a multicast group. */
  remove(group: string): void {
    native("xs_udp_remove").call(this, group);
  }
  get format(): "buffer" {
    return "buffer";
  }
  set format(value: "buffer") {
    if ("buffer" !== value) throw new RangeError("format: expected buffer");
  }
}

export default UDP;
