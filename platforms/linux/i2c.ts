// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/i2c";
import type { I2COptions } from "embedded:io/i2c";
import { BoardLink } from "platforms/linux/board-link";
import { byteLength, bytesOf } from "platforms/linux/bytes";

/** A bus, shared by all devices opened on its pins. The board has one connection for each bus. */
interface Bus {
  readonly key: string;
  readonly link: BoardLink;
  readonly addresses: Set<number>;
}

const buses = new Map<string, Bus>();

const openBus = (options: I2COptions): Bus => {
  const key = `${options.data}/${options.clock}`;
  let bus = buses.get(key);
  if (!bus) {
    const { data, clock, hz } = options;
    bus = { key, link: new BoardLink({ opening: { open: "i2c", data, clock, hz } }), addresses: new Set() };
    buses.set(key, bus);
  }
  return bus;
};

const closeBus = (bus: Bus): void => {
  if (bus.addresses.size) return;
  bus.link.close();
  buses.delete(bus.key);
};

const checkOptions = (options: I2COptions): void => {
  for (const name of ["data", "clock", "address"] as const)
    if (undefined === options[name]) throw new RangeError(`${name} is missing`);
  if (!Number.isInteger(options.address) || options.address < 0 || options.address > 127)
    throw new RangeError("invalid address");
  if (!(options.hz > 0 && options.hz <= 20_000_000)) throw new RangeError("hz: expected 1 to 20000000");
  if (undefined !== options.format && "buffer" !== options.format) throw new RangeError("format: expected buffer");
  if (buses.get(`${options.data}/${options.clock}`)?.addresses.has(options.address))
    throw new RangeError("duplicate address");
};

/** I2C with the ESP32's semantics: blocking, 7-bit addresses, a STOP after every transaction, a repeated START in writeRead. */
class I2C implements Declared {
  private bus: Bus | undefined;
  private readonly address: number;
  target?: unknown;

  constructor(options: I2COptions) {
    checkOptions(options);
    this.address = options.address;
    this.bus = openBus(options);
    this.bus.addresses.add(options.address);
    if ("target" in options) this.target = options.target;
  }
  close(): void {
    const bus = this.bus;
    if (!bus) return;
    this.bus = undefined;
    bus.addresses.delete(this.address);
    closeBus(bus);
  }
  write(value: ByteBuffer): void {
    if (this.open().request("W", Uint8Array.of(this.address), value) && "A" !== this.open().type)
      throw new Error("write failed");
  }
  read(count: number | ByteBuffer): never {
    const head = Uint8Array.of(this.address, 0, 0);
    return this.transfer("R", "read failed", head, undefined, count) as never;
  }
  writeRead(value: ByteBuffer, count: number | ByteBuffer): never {
    const head = Uint8Array.of(this.address, 0, 0);
    return this.transfer("X", "writeRead failed", head, value, count) as never;
  }
  get format(): "buffer" {
    return "buffer";
  }
  set format(value: "buffer") {
    if ("buffer" !== value) throw new RangeError("format: expected buffer");
  }

  private open(): BoardLink {
    if (!this.bus) throw new SyntaxError("closed");
    return this.bus.link;
  }
  /** @param head address and room for the count to read */
  private transfer(
    type: string,
    failure: string,
    head: Uint8Array,
    value: ByteBuffer | undefined,
    count: number | ByteBuffer,
  ): ArrayBuffer | number {
    const link = this.open();
    const length = "number" === typeof count ? count : byteLength(count);
    if (!(Number.isInteger(length) && length >= 0 && length <= 65535))
      throw new RangeError("count: expected 0 to 65535");
    head[1] = length & 255;
    head[2] = length >> 8;
    const answer = link.request(type, head, value);
    if ("D" !== link.type || answer.byteLength !== length) throw new Error(failure);
    if ("number" === typeof count) return answer;
    bytesOf(count).set(new Uint8Array(answer));
    return length;
  }
}

export default I2C;
