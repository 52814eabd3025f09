// SPDX-License-Identifier: Apache-2.0

import type { Ffc } from "./ffc";
import type { Gain } from "./gain";
import type { Imager } from "./imager";
import type { Model, Traits } from "./models";
import { COMMAND, RESULT } from "./registers";
import { COLUMNS, ROWS } from "./scene/scene";
import type { ListSetting, NumberSetting, Settings } from "./settings";
import type { Thermal } from "./thermal";

/** The part as its commands see it. */
export interface Part {
  readonly model: Model;
  readonly traits: Traits;
  readonly partNumber: string;
  readonly settings: Settings;
  readonly imager: Imager;
  readonly ffc: Ffc;
  readonly gain: Gain;
  readonly thermal: Thermal;
  /** Commands executed since reset. */
  readonly commands: number;
  /** Frames at 26 Hz until the thermal shutdown. */
  readonly shutdownFrames: number;
  readonly overTemperature: boolean;
  /** Frames at 26 Hz that frame averaging has yet to collect. */
  averagingFrames: number;
  userDefaultsWritten: boolean;
  uptimeMs(): number;
  /** Begins an FFC on command. @returns false when it is refused */
  runFfc(): boolean;
  reboot(): void;
  powerDown(): void;
  /** Stores the settings as user defaults. */
  writeUserDefaults(): void;
  restoreUserDefaults(): void;
}

/** One command of the catalogue. A handler returns a RESULT code; GET fills `data`, SET reads it. */
export interface Command {
  readonly name: string;
  /** Length of its payload in words. */
  readonly words: number;
  readonly get?: (data: Uint16Array) => number;
  readonly set?: (data: Uint16Array) => number;
  readonly run?: () => number;
  /** BUSY time of SET and RUN in microseconds, if not the default. */
  readonly busyUs?: number;
}

/** Command id (type bits zero, OEM bit included) → command. */
export type Catalogue = Map<number, Command>;

/** BUSY time of a change of the video path: longer than that of storing a number. */
export const MODE_CHANGE_US = 10_000;

/** A signed 32-bit number, low word in the lower register (IDD 2.1.8.1). */
export function get32(data: Uint16Array, at = 0): number {
  return (data[at] as number) | ((data[at + 1] as number) << 16);
}

/** Writes a 32-bit number, low word in the lower register. */
export function put32(data: Uint16Array, value: number, at = 0): void {
  data[at] = value & 0xffff;
  data[at + 1] = (value >>> 16) & 0xffff;
}

/** Two characters a word, the first in the low byte; padded with NUL. */
export function putString(data: Uint16Array, text: string): void {
  for (let i = 0; i < data.length; i++) {
    const low = text.charCodeAt(2 * i) || 0;
    const high = text.charCodeAt(2 * i + 1) || 0;
    data[i] = low | (high << 8);
  }
}

/** Adds the commands of one module to a catalogue. */
export class ModuleBuilder {
  constructor(
    private readonly catalogue: Catalogue,
    readonly part: Part,
  ) {}

  add(id: number, command: Command): void {
    if ((id & COMMAND.TYPE_MASK) !== 0) throw new Error(`command id 0x${id.toString(16)} has type bits`);
    this.catalogue.set(id, command);
  }

  /** A setting of two words (enumerations and 32-bit numbers). `after` runs when a SET was accepted. */
  long(
    id: number,
    name: string,
    key: NumberSetting,
    min: number,
    max: number,
    after?: () => void,
    busyUs?: number,
  ): void {
    const { settings } = this.part;
    const set = (data: Uint16Array): number => {
      const value = get32(data);
      if (value < min || value > max) return RESULT.RANGE;
      settings[key] = value;
      after?.();
      return RESULT.OK;
    };
    const command: Command = { name, words: 2, get: (data) => (put32(data, settings[key]), RESULT.OK), set };
    this.add(id, busyUs === undefined ? command : { ...command, busyUs });
  }

  /** A setting of one word. */
  word(id: number, name: string, key: NumberSetting, min: number, max: number): void {
    const { settings } = this.part;
    this.add(id, {
      name,
      words: 1,
      get: (data) => ((data[0] = settings[key]), RESULT.OK),
      set: (data) => {
        const value = data[0] as number;
        if (value < min || value > max) return RESULT.RANGE;
        settings[key] = value;
        return RESULT.OK;
      },
    });
  }

  /** A region of interest of four words; `rowFirst` for gain and spotmeter. */
  region(id: number, name: string, key: ListSetting, rowFirst: boolean, border = 0, after?: () => void): void {
    const { settings } = this.part;
    this.add(id, {
      name,
      words: 4,
      get: (data) => (data.set(settings[key]), RESULT.OK),
      set: (data) => {
        const roi = Array.from(data);
        if (!isRegion(roi, rowFirst, border)) return RESULT.RANGE;
        settings[key] = roi;
        after?.();
        return RESULT.OK;
      },
    });
  }

  /** A read-only value of `words` words, filled by `get`. */
  readOnly(id: number, name: string, words: number, get: (data: Uint16Array) => void): void {
    this.add(id, { name, words, get: (data) => (get(data), RESULT.OK) });
  }

  /** A command without payload that only runs. */
  action(id: number, name: string, run: () => number, busyUs?: number): void {
    const command: Command = { name, words: 0, run };
    this.add(id, busyUs === undefined ? command : { ...command, busyUs });
  }
}

/** True for corners inside the array and in order. */
export function isRegion(roi: readonly number[], rowFirst: boolean, border = 0): boolean {
  const [a = 0, b = 0, c = 0, d = 0] = roi;
  const [startRow, startCol, endRow, endCol] = rowFirst ? [a, b, c, d] : [b, a, d, c];
  return (
    startRow >= border && startCol >= border && startRow <= endRow && startCol <= endCol && endRow < ROWS - border && endCol < COLUMNS - border
  ); // prettier-ignore
}
