// SPDX-License-Identifier: Apache-2.0
import type { HostSPI, HostSPIOptions } from "drivers/host-spi/host-spi";

/** An SPI slave and the wire to a host: the host reads what was armed, zeros when nothing was. */
export class FakeSlave {
  /** Thrown by opening and by arming. */
  openError: Error | undefined;
  armError: Error | undefined;
  opened = 0;
  port: FakePort | undefined;
  readonly HostSPI: new (options: HostSPIOptions) => FakePort;

  constructor() {
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below is this slave's
    const slave = this;
    this.HostSPI = class extends FakePort {
      constructor(options: HostSPIOptions) {
        if (slave.openError) throw slave.openError;
        super(slave, options);
        slave.opened += 1;
        slave.port = this;
      }
    };
  }

  /** A whole transfer of `count` bytes: CS low, clocks, CS high. */
  transfer(count: number): Buffer {
    const finish = this.begin(count);
    return finish();
  }

  /** CS goes low; the returned function clocks `count` bytes and lets CS go high. */
  begin(count: number): () => Buffer {
    const { port } = this;
    if (port?.armed) port.clocking = true;
    return () => {
      const data = Buffer.alloc(count);
      if (!port?.clocking) return data; // CS is disconnected while nothing is armed
      port.buffer.copy(data, 0, 0, count);
      port.clocking = false;
      port.armed = false;
      port.options.onTransfer(count);
      return data;
    };
  }
}

export class FakePort implements Pick<HostSPI, keyof HostSPI> {
  buffer = Buffer.alloc(0);
  armed = false;
  clocking = false;
  closed = false;

  constructor(
    readonly slave: FakeSlave,
    readonly options: HostSPIOptions,
  ) {}

  clear(): void {
    this.#check();
    this.buffer = Buffer.alloc(0);
  }
  append(bytes: Uint8Array): void {
    this.#check();
    if (this.buffer.length + bytes.length > this.options.capacity) throw new RangeError("too large");
    this.buffer = Buffer.concat([this.buffer, bytes]);
  }
  arm(): void {
    this.#check();
    if (this.slave.armError) throw this.slave.armError;
    this.buffer = Buffer.concat([this.buffer, Buffer.alloc((4 - (this.buffer.length % 4)) % 4)]);
    this.armed = true;
  }
  disarm(): boolean {
    if (this.clocking) return false;
    this.armed = false;
    return true;
  }
  close(): void {
    this.closed = true;
    this.armed = this.clocking = false;
    if (this.slave.port === this) this.slave.port = undefined;
  }
  #check(): void {
    if (this.closed) throw new Error("closed");
    if (this.armed) throw new Error("armed");
  }
}

/**
 * The message in the bytes that a host clocked after an announcement of `value` bytes; undefined when the checksum is
 * wrong. The zeros of a slave that is not armed have a sum of zero, which is not accepted.
 */
export function checkedMessage(data: Buffer, value: number): string | undefined {
  const message = data.subarray(0, value - 4);
  let sum = 0;
  for (const byte of message) sum = (sum + byte) >>> 0;
  return data.length >= value && sum !== 0 && sum === data.readUInt32BE(value - 4)
    ? message.toString("utf8")
    : undefined;
}
