// SPDX-License-Identifier: Apache-2.0

import type { AlarmHandle, Clock } from "./clock";
import type { Catalogue, Command } from "./command";
import { crcBytes } from "./crc";
import type { FaultSwitches } from "./faults";
import { BLOCK_WORDS, COMMAND, DATA_WORDS, REG, RESULT, STATUS } from "./registers";

/** Default BUSY times of GET, and of SET and RUN. The vendor gives no figures; measured values are 1-5 ms. */
const GET_BUSY_US = 1_000;
const SET_BUSY_US = 2_000;

/** Commands that only the SDK's headers name: real parts may have them, the emulator has not. */
const UNDOCUMENTED = new Set([
  0x0110, 0x0114, 0x0118, 0x011c, 0x0120, 0x0128, 0x0134, 0x0138, 0x0140, 0x0258, 0x031c, 0x0320, 0x0328, 0x032c, 0x4808,
  0x480c, 0x4810, 0x4814, 0x4818, 0x4830, 0x4834, 0x4850, 0x4e08, 0x4e0c, 0x4e14, 0x4e18, 0x4e1c, 0x4e20, 0x4e34, 0x4e38,
  0x4e3c, 0x4e40, 0x4e44, 0x4e48, 0x4e4c, 0x4e50, 0x4e54, 0x4e58, 0x4e5c, 0x4e60, 0x4e7c, 0x4e88, 0x4e8c, 0x4e90, 0x4e94,
  0x4e98, 0x4e9c, 0x4ea0, 0x4ea4, 0x4ea8, 0x4eac, 0x4eb8, 0x4edc, 0x4ee0, 0x4ee4,
]); // prettier-ignore

/** The part as its CCI sees it. */
export interface CciPart {
  readonly clock: Clock;
  readonly faults: FaultSwitches;
  readonly catalogue: Catalogue;
  /** A COMMAND written while BUSY blocks the part until a reboot, as the IDD warns; otherwise it is ignored. */
  readonly strict: boolean;
  log(text: string): void;
  /** Completes the present frame: a command reads it, or changes the settings that it was taken with. */
  develop(): void;
  /** Called after a SET that changed the command's value. @param id the command id, type bits zero */
  changed(id: number, command: Command): void;
  /** Called after POWER was written with 0: wakes the part up from power-down. */
  wake(): void;
}

/** The command and control interface (Software IDD 2.1): registers with an auto-incrementing pointer, and commands. */
export class Cci {
  /** Commands executed since reset. */
  commands = 0;
  private readonly data = new Uint16Array(DATA_WORDS);
  private readonly blocks = [new Uint16Array(BLOCK_WORDS), new Uint16Array(BLOCK_WORDS)] as const;
  private readonly answer = new Uint16Array(BLOCK_WORDS);
  private pointer = 0;
  private length = 0;
  private command = 0;
  private crc = 0;
  private response = 0;
  private busy = false;
  private wedged = false;
  private alarm: AlarmHandle | undefined;

  constructor(private readonly part: CciPart) {}

  reset(): void {
    this.data.fill(0);
    for (const block of this.blocks) block.fill(0);
    this.pointer = 0;
    this.length = 0;
    this.command = 0;
    this.crc = 0;
    this.response = 0;
    this.commands = 0;
    this.busy = false;
    this.wedged = false;
    if (this.alarm !== undefined) this.part.clock.cancel(this.alarm);
    this.alarm = undefined;
  }

  /** A write transaction: register address, then words, high bytes first. A lone last byte is dropped. */
  write(bytes: Uint8Array): void {
    if (bytes.length < 2) return;
    const at = (i: number): number => ((bytes[i] as number) << 8) | (bytes[i + 1] as number);
    this.pointer = at(0) & 0xfffe;
    const words = (bytes.length - 2) >> 1;
    const partial =
      words === DATA_WORDS && this.pointer === REG.DATA_0 && this.part.faults.strikes("partialWrite")
        ? words / 2
        : words;
    for (let i = 0; i < words; i++) {
      if (i < partial) this.writeRegister(this.pointer, at(2 + 2 * i));
      this.pointer = (this.pointer + 2) & 0xfffe;
    }
  }

  /** A read transaction: `count` bytes from the pointer on. */
  read(count: number): Uint8Array {
    const bytes = new Uint8Array(count);
    for (let i = 0; i < count; i += 2) {
      const word = this.readRegister(this.pointer);
      bytes[i] = word >> 8;
      if (i + 1 < count) bytes[i + 1] = word & 0xff;
      this.pointer = (this.pointer + 2) & 0xfffe;
    }
    return bytes;
  }

  private get status(): number {
    const busy = this.busy || this.wedged || this.part.faults.strikes("cciNeverReady");
    return ((this.response & 0xff) << 8) | STATUS.BOOT_STATUS | STATUS.BOOT_MODE | (busy ? STATUS.BUSY : 0);
  }

  private readRegister(address: number): number {
    if (address >= REG.DATA_0 && address <= REG.DATA_15) return this.data[(address - REG.DATA_0) >> 1] as number;
    if (address >= REG.BLOCK_BUFFER_0) return this.blockWord(address);
    switch (address) {
      case REG.STATUS:
        return this.status;
      case REG.COMMAND:
        return this.command;
      case REG.DATA_LENGTH:
        return this.length;
      case REG.DATA_CRC:
        return this.crc;
      case REG.POWER:
        return 0;
      default:
        this.part.log(`CCI read of unknown register 0x${hex(address)}`);
        return 0;
    }
  }

  private blockWord(address: number): number {
    const second = address >= REG.BLOCK_BUFFER_1;
    const base = second ? REG.BLOCK_BUFFER_1 : REG.BLOCK_BUFFER_0;
    return this.blocks[second ? 1 : 0][(address - base) >> 1] as number;
  }

  private writeRegister(address: number, word: number): void {
    if (address >= REG.DATA_0 && address <= REG.DATA_15) this.data[(address - REG.DATA_0) >> 1] = word;
    else if (address >= REG.BLOCK_BUFFER_1) this.blocks[1][(address - REG.BLOCK_BUFFER_1) >> 1] = word;
    else if (address >= REG.BLOCK_BUFFER_0) this.blocks[0][(address - REG.BLOCK_BUFFER_0) >> 1] = word;
    else if (address === REG.DATA_LENGTH) this.length = word;
    else if (address === REG.COMMAND) this.begin(word);
    else if (address === REG.POWER) {
      if (word === 0) this.part.wake();
    } else this.part.log(`CCI write of 0x${hex(word)} to read-only or unknown register 0x${hex(address)}`);
  }

  /** Begins a command: sets BUSY, and executes the command when BUSY falls. */
  private begin(word: number): void {
    if (this.busy || this.wedged) {
      this.part.log(`CCI command 0x${hex(word)} while busy with 0x${hex(this.command)}: ${this.part.strict ? "blocked until a reboot" : "ignored"}`); // prettier-ignore
      if (this.part.strict) this.wedged = true;
      return;
    }
    this.command = word;
    this.busy = true;
    const command = this.part.catalogue.get(word & COMMAND.ID_MASK);
    const isGet = (word & COMMAND.TYPE_MASK) === COMMAND.GET;
    const busyUs = isGet ? GET_BUSY_US : (command?.busyUs ?? SET_BUSY_US);
    this.alarm = this.part.clock.alarm(this.part.clock.now() + busyUs, () => this.finish());
  }

  private finish(): void {
    this.alarm = undefined;
    this.busy = false;
    this.commands += 1;
    const result = this.execute(this.command);
    this.response = result;
    if (result === RESULT.OK) return;
    const name = this.part.catalogue.get(this.command & COMMAND.ID_MASK)?.name ?? "unknown command";
    this.part.log(`CCI command 0x${hex(this.command)} (${name}) refused: result ${result}${this.reason(result)}`);
  }

  private reason(result: number): string {
    if (result === RESULT.DATA_SIZE) return `, DATA LENGTH is ${this.length}`;
    if (result !== RESULT.UNDEFINED_FUNCTION) return "";
    const id = this.command & COMMAND.ID_MASK;
    if (this.part.catalogue.has(id ^ COMMAND.OEM_BIT)) return ", protection bit wrong for this module";
    return UNDOCUMENTED.has(id) ? ", not modelled by this emulator" : "";
  }

  private execute(word: number): number {
    if (this.part.faults.strikes("commandRejected", word)) return this.part.faults.value("commandRejected");
    this.part.develop();
    const command = this.part.catalogue.get(word & COMMAND.ID_MASK);
    if (command === undefined) return RESULT.UNDEFINED_FUNCTION;
    switch (word & COMMAND.TYPE_MASK) {
      case COMMAND.GET:
        return this.executeGet(command);
      case COMMAND.SET:
        if (command.set === undefined) return RESULT.UNDEFINED_FUNCTION;
        if (this.length !== command.words) return RESULT.DATA_SIZE;
        return this.executeSet(word & COMMAND.ID_MASK, command, command.set);
      case COMMAND.RUN:
        return command.run?.() ?? RESULT.UNDEFINED_FUNCTION;
      default:
        return RESULT.UNDEFINED_FUNCTION;
    }
  }

  private executeSet(id: number, command: Command, set: (data: Uint16Array) => number): number {
    const payload = this.payload(command.words);
    const before = this.answer.subarray(0, command.words);
    const known = command.get?.(before) === RESULT.OK;
    const changes = !known || payload.some((word, i) => word !== before[i]);
    const result = set(payload);
    if (result === RESULT.OK && changes) this.part.changed(id, command);
    return result;
  }

  /** A GET that fails leaves the DATA registers unchanged. */
  private executeGet(command: Command): number {
    if (command.get === undefined) return RESULT.UNDEFINED_FUNCTION;
    if (this.length !== command.words) return RESULT.DATA_SIZE;
    const answer = this.answer.subarray(0, command.words);
    const result = command.get(answer);
    if (result !== RESULT.OK) return result;
    this.payload(command.words).set(answer);
    this.crc = crcLowByteFirst(answer);
    // Real parts return the length in bytes, although hosts write it in words.
    this.length = 2 * command.words;
    return RESULT.OK;
  }

  /** Registers of the payload: DATA 0-15, or block buffer 0 for longer payloads. */
  private payload(words: number): Uint16Array {
    return (words <= DATA_WORDS ? this.data : this.blocks[0]).subarray(0, words);
  }
}

/** The SDK runs the CRC over the low byte of each word first. */
function crcLowByteFirst(words: Uint16Array): number {
  const bytes = new Uint8Array(words.length * 2);
  words.forEach((word, i) => {
    bytes[2 * i] = word & 0xff;
    bytes[2 * i + 1] = word >> 8;
  });
  return crcBytes(bytes);
}

function hex(word: number): string {
  return word.toString(16).padStart(4, "0");
}
