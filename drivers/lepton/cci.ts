// SPDX-License-Identifier: Apache-2.0
import { sleep, type Timers } from "drivers/timers/timers";
import { type Command, Operation } from "./commands";
import { CCIAborted, CCIBusError, CCITimeout, LeptonError, type Result } from "./errors";

/** IDD table 1. */
export const I2C_ADDRESS = 0x2a;

/** Register addresses (IDD 2.1.3 to 2.1.8). Registers and data are 16 bits, most significant byte first. */
const Register = Object.freeze({
  STATUS: 0x0002,
  COMMAND: 0x0004,
  DATA_LENGTH: 0x0006,
  DATA_0: 0x0008,
  BLOCK_BUFFER_0: 0xf800,
});

/** Words that fit DATA 0 to 15; more go through block buffer 0 (IDD 2.1.8.2). */
const DATA_REGISTERS = 16;
/** Words of block buffer 0. */
const MAXIMUM_WORDS = 512;

/** A command may be written when STATUS bits 2:0 are BOOT STATUS, BOOT MODE and not BUSY (IDD 2.1.5). */
const READY_MASK = 0x0007;
export const STATUS_READY = 0x0006;

/** Timeouts before and after a command, as drivers in the field have them; the IDD specifies none. */
const READY_BEFORE_MS = 1000;
const READY_AFTER_MS = 5000;
/** STATUS is polled after 1 ms, then at growing intervals: GET and SET take a few milliseconds. */
const SHORTEST_POLL_MS = 1;
const LONGEST_POLL_MS = 5;

/** I2C calls block for about 0.1 ms a byte at 100 kHz: after this many words the event loop runs. */
const WORDS_PER_READ = 16;
/** Half as many: a 3.1R was seen to store a burst of 16 words in part and to report success. */
const WORDS_PER_WRITE = 8;
/** A transaction takes 4 ms at most. On a hung bus each one blocks the event loop for this long. */
const TRANSACTION_TIMEOUT_MS = 100;
/** A failed transaction is repeated (noise), except the one that starts a command. */
const ATTEMPTS = 3;

/** ECMA-419's I2C, as far as the driver needs it. A transaction that is not acknowledged throws. */
export interface I2CDevice {
  read(byteLength: number): ArrayBuffer;
  write(bytes: Uint8Array): void;
  close(): void;
}

/** The connection to the sensor, as options of the I2C class. The driver adds the address. */
export interface I2CConnection {
  data: number;
  clock: number;
  hz: number;
  port?: number;
}

export interface CCIOptions {
  sensor: I2CConnection & { io: new (options: I2CConnection & { address: number; timeout: number }) => I2CDevice };
  timers: Timers;
}

/** Result of a transaction. `status` is the STATUS register; its bits 15:8 are the signed result code. */
export interface Transaction {
  status: number;
  data: Uint16Array;
}

/** The signed result code in a STATUS word. */
export const resultOf = (status: number): Result => ((status << 16) >> 24) as Result;

/**
 * The Lepton's command and control interface (IDD 2.1): runs one operation at a time, in the order of the calls.
 * Never blocks: it waits with timers, and every wait has a timeout. After a failed operation the next one runs.
 */
export class CCI {
  private readonly io: I2CDevice;
  private readonly timers: Timers;
  private tail: Promise<unknown> = Promise.resolve();
  /** Number of holds so far. Operations called before the last hold are aborted. */
  private epoch = 0;
  /** Why the bus must not be used now. */
  private held: string | undefined;
  private closed = false;

  /** Throws the errors of the I2C class. */
  constructor(options: CCIOptions) {
    this.timers = options.timers;
    this.io = new options.sensor.io({ ...options.sensor, address: I2C_ADDRESS, timeout: TRANSACTION_TIMEOUT_MS });
  }

  /** Reads an attribute. Rejects with a LeptonError when the Lepton refuses. */
  async get(command: Command): Promise<Uint16Array> {
    const word = command.id | Operation.GET;
    const { status, data } = await this.read(word, command.words);
    check(word, status);
    return data;
  }

  /** Writes an attribute. Rejects with a LeptonError when the Lepton refuses. */
  async set(command: Command, words: ArrayLike<number>): Promise<void> {
    const word = command.id | Operation.SET;
    check(word, (await this.write(word, words)).status);
  }

  /** Runs a command. Resolves when BUSY is clear, which for an FFC is before its end. */
  async run(command: Command): Promise<void> {
    const word = command.id | Operation.RUN;
    check(word, (await this.write(word, [])).status);
  }

  /** Starts a command whose result cannot be read (reboot). Resolves when the command was written. */
  post(command: Command): Promise<void> {
    return this.enqueue(command.id | Operation.RUN, async (operation) => {
      await operation.waitReady("before", READY_BEFORE_MS);
      await operation.start(0);
    });
  }

  /**
   * Any command word that returns data. A refusal by the Lepton is in `status` and not an exception.
   * @param length words, 1 to 512
   */
  async read(word: number, length: number): Promise<Transaction> {
    checkLength(length, 1);
    return this.enqueue(word, async (operation) => {
      await operation.waitReady("before", READY_BEFORE_MS);
      const status = await operation.execute(length);
      const address = length > DATA_REGISTERS ? Register.BLOCK_BUFFER_0 : Register.DATA_0;
      return { status, data: await operation.readWords(address, length) };
    });
  }

  /**
   * Any command word that takes data, or none (RUN). A refusal by the Lepton is in `status` and not an exception.
   * @param words 0 to 512 of them
   */
  async write(word: number, words: ArrayLike<number>): Promise<Transaction> {
    checkLength(words.length, 0);
    return this.enqueue(word, async (operation) => {
      await operation.waitReady("before", READY_BEFORE_MS);
      const address = words.length > DATA_REGISTERS ? Register.BLOCK_BUFFER_0 : Register.DATA_0;
      if (words.length > 0) await operation.writeWords(address, words);
      return { status: await operation.execute(words.length), data: new Uint16Array(0) };
    });
  }

  /**
   * Waits for a Lepton that was just reset: retries while it does not acknowledge, up to the limit.
   * @param limit milliseconds
   */
  waitBoot(command: Command, limit: number): Promise<void> {
    return this.enqueue(command.id | Operation.RUN, async (operation) => {
      const deadline = this.timers.now() + limit;
      for (;;) {
        try {
          await operation.waitReady("before", Math.max(0, deadline - this.timers.now()));
          return;
        } catch (error) {
          if (!(error instanceof CCIBusError) || this.timers.now() >= deadline) throw error;
          await operation.sleep(LONGEST_POLL_MS);
        }
      }
    });
  }

  /**
   * Stops using the bus until `resume`, which the Lepton requires for 950 ms after its reset (IDD 2.1.1).
   * Aborts the running operation, those that wait, and those that are called meanwhile.
   */
  hold(reason: string): void {
    this.epoch += 1;
    this.held = reason;
  }

  resume(): void {
    if (!this.closed) this.held = undefined;
  }

  /** Idempotent. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.hold("the driver was closed");
    this.io.close();
  }

  private enqueue<T>(word: number, task: (operation: CCIOperation) => Promise<T>): Promise<T> {
    const epoch = this.epoch;
    const checkAborted = (): void => {
      if (this.held !== undefined) throw new CCIAborted(word, this.held);
      if (epoch !== this.epoch) throw new CCIAborted(word, "the sensor was reset meanwhile");
    };
    const result = this.tail.then(() => {
      checkAborted();
      return task(new CCIOperation(word, this.io, this.timers, checkAborted));
    });
    this.tail = result.catch(() => undefined);
    return result;
  }
}

const check = (word: number, status: number): void => {
  if (resultOf(status) !== 0) throw new LeptonError(word, resultOf(status));
};

const checkLength = (length: number, least: number): void => {
  if (!Number.isInteger(length) || length < least || length > MAXIMUM_WORDS)
    throw new RangeError(`CCI length: expected ${least} to ${MAXIMUM_WORDS} words, got ${length}`);
};

/** The bus transactions of one operation. */
class CCIOperation {
  private readonly word: number;
  private readonly io: I2CDevice;
  private readonly timers: Timers;
  private readonly checkAborted: () => void;

  constructor(word: number, io: I2CDevice, timers: Timers, checkAborted: () => void) {
    this.word = word;
    this.io = io;
    this.timers = timers;
    this.checkAborted = checkAborted;
  }

  /** Polls STATUS until a command may be written, and returns it. */
  async waitReady(when: "before" | "after", limit: number): Promise<number> {
    const deadline = this.timers.now() + limit;
    for (let poll = SHORTEST_POLL_MS; ; poll = Math.min(LONGEST_POLL_MS, poll + 1)) {
      const [status = 0] = await this.readWords(Register.STATUS, 1);
      if ((status & READY_MASK) === STATUS_READY) return status;
      if (this.timers.now() >= deadline) throw new CCITimeout(this.word, when, limit, status);
      await this.sleep(poll);
    }
  }

  /** Starts the command and waits for the result; returns STATUS. */
  async execute(length: number): Promise<number> {
    await this.start(length);
    return this.waitReady("after", READY_AFTER_MS);
  }

  /** Writes DATA LENGTH and COMMAND. */
  async start(length: number): Promise<void> {
    await this.writeWords(Register.DATA_LENGTH, [length]);
    // Not repeated on an error: a command written while the Lepton executes the first one can wedge its CCI (IDD 2.1.3).
    await this.transact("COMMAND write", 1, () => this.io.write(registerBytes(Register.COMMAND, [this.word])));
  }

  async readWords(address: number, length: number): Promise<Uint16Array> {
    const words = new Uint16Array(length);
    for (let first = 0; first < length; first += WORDS_PER_READ) {
      if (first > 0) await this.sleep(0);
      const count = Math.min(WORDS_PER_READ, length - first);
      const bytes = await this.transact("read", ATTEMPTS, () => {
        this.io.write(registerBytes(address + 2 * first, []));
        return this.io.read(2 * count);
      });
      const view = new DataView(bytes);
      for (let i = 0; i < count; i++) words[first + i] = view.getUint16(2 * i);
    }
    return words;
  }

  async writeWords(address: number, words: ArrayLike<number>): Promise<void> {
    for (let first = 0; first < words.length; first += WORDS_PER_WRITE) {
      if (first > 0) await this.sleep(0);
      const part = Array.prototype.slice.call(words, first, first + WORDS_PER_WRITE) as number[];
      await this.transact("write", ATTEMPTS, () => this.io.write(registerBytes(address + 2 * first, part)));
    }
  }

  async sleep(ms: number): Promise<void> {
    await sleep(this.timers, ms);
    this.checkAborted();
  }

  private async transact<T>(what: string, attempts: number, transaction: () => T): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return transaction();
      } catch (error) {
        if (attempt >= attempts) throw new CCIBusError(this.word, what, error);
      }
      await this.sleep(SHORTEST_POLL_MS);
    }
  }
}

/** The bytes of a register write: address and words. */
const registerBytes = (address: number, words: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(2 + 2 * words.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, address);
  words.forEach((word, i) => view.setUint16(2 + 2 * i, word));
  return bytes;
};
