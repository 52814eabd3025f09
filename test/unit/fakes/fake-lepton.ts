// SPDX-License-Identifier: Apache-2.0
import type { I2CConnection, I2CDevice } from "drivers/lepton/cci";
import type { Timers } from "drivers/timers/timers";

const READY = 0x0006;
const BUSY = 0x0007;

/** Factory values of a Lepton 3.5's attributes, by GET command word. */
const FACTORY: Readonly<Record<number, readonly number[]>> = {
  0x0100: [0, 0],
  0x0148: [0, 0],
  0x0218: [0, 0],
  0x021c: [0, 0],
  0x0244: [0, 0],
  0x0248: [0, 0],
  0x4854: [0, 0],
  0x4e10: [0, 0],
  0x4ebc: [8192, 29515, 8192, 29515, 8192, 29515, 0, 29515],
  0x4ec0: [0, 0],
  0x4ec4: [1, 0],
  0x4ec8: [0, 0],
  0x4ecc: [59, 79, 60, 80],
  0x4ed0: [30000, 30001, 29999, 4],
  0x0308: new Array<number>(512).fill(0x1234),
};
const RADIOMETRIC_ONLY = [0x0248, 0x4ebc, 0x4ec0, 0x4ec4, 0x4ec8, 0x4ecc, 0x4ed0];

/** The CCI registers of a Lepton in virtual time; records violations of the datasheet. */
export class FakeLepton {
  readonly timers: Timers;
  readonly #attributes = new Map<number, number[]>();
  readonly #registers = new Map<number, number>();
  #pointer = 0;
  #result = 0;
  #busyUntil = 0;
  #i2cFrom = 0;
  #ffcUntil = -1;
  /** Executed command words in order. */
  readonly commands: number[] = [];
  /** Violations of the datasheet by the driver. */
  readonly violations: string[] = [];
  /** Length of every transaction in bytes. */
  readonly transactions: number[] = [];
  radiometric = true;
  partNumber: string;
  /** Duration of a command in milliseconds. */
  latency = 2;
  ffcDuration = 900;
  /** The FFC status after an FFC. */
  ffcStatus = 0;
  /** The status is always BUSY. */
  stuck = false;
  /** No transaction is acknowledged. */
  absent = false;
  /** Number of next transactions answered with a NACK. */
  nacks = 0;
  /** Results of commands that fail, by command word. */
  readonly refuse = new Map<number, number>();
  /** Number of next SETs that succeed without effect, by GET word. */
  readonly ignore = new Map<number, number>();
  reboots = 0;
  opened = 0;
  closed = 0;

  constructor(timers: Timers, partNumber = "500-0771-01") {
    this.timers = timers;
    this.partNumber = partNumber;
    this.radiometric = !partNumber.startsWith("500-0726") && !partNumber.endsWith("FS1");
    this.powerUp();
  }

  /** The I2C class to inject into the driver. */
  get io(): new (options: I2CConnection & { address: number }) => I2CDevice {
    // eslint-disable-next-line @typescript-eslint/no-this-alias
    const lepton = this;
    return class implements I2CDevice {
      constructor(options: I2CConnection & { address: number }) {
        if (options.address !== 0x2a) throw new RangeError(`a Lepton has address 0x2A, not ${options.address}`);
        lepton.opened += 1;
      }
      read(byteLength: number): ArrayBuffer {
        return lepton.#read(byteLength);
      }
      write(bytes: Uint8Array): void {
        lepton.#write(bytes);
      }
      close(): void {
        lepton.closed += 1;
      }
    };
  }

  /** Restores the factory values; no access is allowed for 950 ms. @param boot duration of the start in milliseconds */
  reset(boot = 960): void {
    this.powerUp();
    this.#i2cFrom = this.timers.now() + 950;
    this.#busyUntil = this.timers.now() + boot;
  }

  powerUp(): void {
    this.#attributes.clear();
    for (const [word, value] of Object.entries(FACTORY)) this.#attributes.set(Number(word), [...value]);
    this.#attributes.set(0x481c, words(this.partNumber));
    this.#result = 0;
  }

  attribute(word: number): readonly number[] {
    return this.#attributes.get(word) ?? [];
  }

  #transact(byteLength: number): void {
    this.transactions.push(byteLength);
    if (this.timers.now() < this.#i2cFrom)
      this.violations.push(`I2C ${this.#i2cFrom - this.timers.now()} ms too early`);
    if (this.absent) throw new Error("no acknowledge");
    if (this.nacks > 0) {
      this.nacks -= 1;
      throw new Error("no acknowledge");
    }
  }

  #read(byteLength: number): ArrayBuffer {
    this.#transact(byteLength);
    const view = new DataView(new ArrayBuffer(byteLength));
    for (let i = 0; i < byteLength; i += 2) view.setUint16(i, this.#register(this.#pointer + i));
    this.#pointer += byteLength;
    return view.buffer;
  }

  #write(bytes: Uint8Array): void {
    this.#transact(bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#pointer = view.getUint16(0);
    for (let i = 2; i < bytes.length; i += 2) {
      this.#registers.set(this.#pointer, view.getUint16(i));
      if (this.#pointer === 0x0004) this.#execute(view.getUint16(i));
      this.#pointer += 2;
    }
  }

  #register(address: number): number {
    if (address !== 0x0002) return this.#registers.get(address) ?? 0;
    const busy = this.stuck || this.timers.now() < this.#busyUntil;
    return ((this.#result & 0xff) << 8) | (busy ? BUSY : READY);
  }

  #execute(command: number): void {
    if (this.#register(0x0002) & 1) this.violations.push(`command ${command.toString(16)} while busy`);
    this.commands.push(command);
    this.#busyUntil = this.timers.now() + this.latency;
    this.#result = this.refuse.get(command) ?? this.#perform(command & 0xfffc, command & 3);
  }

  #perform(id: number, type: number): number {
    if (type === 2) return this.#run(id);
    const value = this.#attributes.get(id);
    if (!value || (!this.radiometric && RADIOMETRIC_ONLY.includes(id))) return -7;
    const length = this.#registers.get(0x0006) ?? 0;
    if (length !== value.length) return -6;
    const base = length > 16 ? 0xf800 : 0x0008;
    if (type === 0) {
      if (id === 0x0244) value.splice(0, 2, ...this.#ffcWords());
      value.forEach((word, i) => this.#registers.set(base + 2 * i, word));
      this.#registers.set(0x0006, 2 * length);
    } else if (this.ignore.get(id)) {
      this.ignore.set(id, (this.ignore.get(id) ?? 0) - 1);
    } else {
      this.#attributes.set(
        id,
        value.map((_, i) => this.#registers.get(base + 2 * i) ?? 0),
      );
    }
    return 0;
  }

  #ffcWords(): [number, number] {
    const status = this.timers.now() < this.#ffcUntil ? 1 : this.ffcStatus;
    return [status & 0xffff, (status >>> 16) & 0xffff];
  }

  #run(id: number): number {
    if (id === 0x4840) {
      this.reboots += 1;
      this.reset();
    }
    if (id === 0x0240) this.#ffcUntil = this.timers.now() + this.ffcDuration;
    return [0x0200, 0x0240, 0x4840].includes(id) ? 0 : -7;
  }
}

function words(text: string): number[] {
  return Array.from({ length: 16 }, (_, i) => (text.charCodeAt(2 * i) || 0) | ((text.charCodeAt(2 * i + 1) || 0) << 8));
}
