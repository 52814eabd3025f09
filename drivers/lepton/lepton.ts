// SPDX-License-Identifier: Apache-2.0
import { sleep, type Timers } from "drivers/timers/timers";
import { CCI, type CCIOptions, type Transaction } from "./cci";
import { type Command, Commands } from "./commands";
import { CCIError, LeptonError, ReadbackError } from "./errors";
import { centiKelvinOfCelsius, int32OfWords, ratioOfPercent, textOfWords, wordsOf32 } from "./units";

export type LeptonModel = "3.5" | "3.0" | "3.1R";

export const GainMode = Object.freeze({
  High: 0,
  Low: 1,
  Auto: 2,
} as const);
export type GainMode = (typeof GainMode)[keyof typeof GainMode];

/** Inclusive box in pixels. */
export interface Box {
  r1: number;
  c1: number;
  r2: number;
  c2: number;
}

/** Settings that `initialize` writes. */
export interface LeptonConfiguration {
  agc: boolean;
  /** Percent, 1 to 100. */
  emissivity: number;
  gain: GainMode;
  /** Undefined keeps the sensor's default. */
  spotmeter?: Box | undefined;
}

export interface LeptonIdentity {
  partNumber: string;
  model: LeptonModel;
  /** Whether it has TLinear, emissivity, spotmeter and gain modes. */
  radiometric: boolean;
}

const OFF = Object.freeze(wordsOf32(0), true);
const ON = Object.freeze(wordsOf32(1), true);
const TELEMETRY_FOOTER = Object.freeze(wordsOf32(1), true);
const GPIO_MODE_VSYNC = Object.freeze(wordsOf32(5), true);

/** The flux calculation assumes 22 °C around and no losses in window and atmosphere. */
const AMBIENT = centiKelvinOfCelsius(22);
const FULL_TRANSMISSION = ratioOfPercent(100);

/** Timeout for the first answer after the 950 ms without I2C: the longest one seen in the field. */
const BOOT_LIMIT_MS = 3000;
const RETRY_MS = 10;

/** An FFC takes about 0.9 s, longer when it waits for another one that is due. */
const FFC_LIMIT_MS = 10_000;
const FFC_POLL_MS = 20;

/** Known parts by the first eight characters of the part number. */
export const PARTS: Readonly<Record<string, LeptonModel>> = Object.freeze({
  "500-0771": "3.5",
  "500-0758": "3.1R",
  "500-0726": "3.0",
});
/** Sold as "Lepton 3.0 FS1" under the 3.5's number, and without radiometry (Engineering Datasheet Rev 400, table 1). */
const NON_RADIOMETRIC_SUFFIX = "-FS1";

/**
 * A FLIR Lepton 3.x over its CCI. Methods reject with a CCIError, which names the command, the expected and the actual
 * value. Settings are read back after they are written. Methods that return a boolean do nothing and resolve to false
 * if the part that `initialize` found has no such setting.
 */
export class Lepton {
  private readonly cci: CCI;
  private readonly timers: Timers;
  private knownIdentity: LeptonIdentity | undefined;

  constructor(options: CCIOptions) {
    this.timers = options.timers;
    this.cci = new CCI(options);
  }

  /** The part that `initialize` found. */
  get identity(): LeptonIdentity | undefined {
    return this.knownIdentity;
  }

  /**
   * Identifies a Lepton whose reset was released at least 950 ms ago (IDD 2.1.1) and writes all settings that the firmware
   * relies on.
   * @param limit milliseconds until it must be ready
   */
  async initialize(configuration: LeptonConfiguration, limit = BOOT_LIMIT_MS): Promise<LeptonIdentity> {
    this.cci.resume();
    await this.cci.waitBoot(Commands.SYS_PING, limit);
    await this.cci.run(Commands.SYS_PING);
    const identity = await this.identify();
    this.knownIdentity = identity;
    if (identity.radiometric) {
      await this.apply(Commands.RAD_ENABLE, ON);
      await this.apply(Commands.RAD_TLINEAR_ENABLE, configuration.agc ? OFF : ON);
      await this.apply(Commands.RAD_TLINEAR_AUTO_RESOLUTION, ON);
    }
    await this.apply(Commands.AGC_CALCULATION, ON);
    await this.apply(Commands.AGC_ENABLE, configuration.agc ? ON : OFF);
    await this.apply(Commands.SYS_TELEMETRY_LOCATION, TELEMETRY_FOOTER);
    await this.apply(Commands.SYS_TELEMETRY_ENABLE, ON);
    await this.setGainMode(configuration.gain);
    await this.setEmissivity(configuration.emissivity);
    if (configuration.spotmeter) await this.setSpotmeter(configuration.spotmeter);
    await this.apply(Commands.OEM_GPIO_MODE, GPIO_MODE_VSYNC);
    return identity;
  }

  /** AGC makes 8-bit pictures. TLinear has no meaning with it and is off while AGC is on. */
  async setAGC(on: boolean): Promise<void> {
    if (this.knownIdentity?.radiometric) await this.apply(Commands.RAD_TLINEAR_ENABLE, on ? OFF : ON);
    await this.apply(Commands.AGC_ENABLE, on ? ON : OFF);
  }

  /** @param percent 1 to 100 */
  setEmissivity(percent: number): Promise<boolean> {
    return this.applyRadiometric(Commands.RAD_FLUX_PARAMETERS, [
      ratioOfPercent(percent),
      AMBIENT, // background
      FULL_TRANSMISSION, // window
      AMBIENT, // window temperature
      FULL_TRANSMISSION, // atmosphere
      AMBIENT, // atmosphere temperature
      0, // window reflection
      AMBIENT, // temperature reflected by the window
    ]);
  }

  setGainMode(mode: GainMode): Promise<boolean> {
    return this.applyRadiometric(Commands.SYS_GAIN_MODE, wordsOf32(mode));
  }

  setSpotmeter(box: Box): Promise<boolean> {
    return this.applyRadiometric(Commands.RAD_SPOTMETER_ROI, [box.r1, box.c1, box.r2, box.c2]);
  }

  /** Resolves when the flat-field correction has ended. BUSY clears long before; the FFC status shows the end (IDD 4.5.18). */
  async runFFC(): Promise<void> {
    await this.cci.run(Commands.SYS_FFC);
    const deadline = this.timers.now() + FFC_LIMIT_MS;
    for (;;) {
      const state = int32OfWords(await this.cci.get(Commands.SYS_FFC_STATUS));
      if (state === 0) return;
      if (state < 0) throw new CCIError(Commands.SYS_FFC_STATUS.id, `expected 0 (ready), got ${state} (FFC failed)`);
      if (this.timers.now() >= deadline)
        throw new CCIError(
          Commands.SYS_FFC_STATUS.id,
          `FFC expected to end within ${FFC_LIMIT_MS} ms, got ${state} (busy)`,
        );
      await sleep(this.timers, FFC_POLL_MS);
    }
  }

  /**
   * Reboots the Lepton by command and stops using the bus until `initialize`, at least 950 ms later.
   * On some parts segment numbers were seen to appear only after this.
   */
  async reboot(): Promise<void> {
    this.cci.resume();
    await this.cci.waitBoot(Commands.SYS_PING, BOOT_LIMIT_MS);
    await this.cci.post(Commands.OEM_REBOOT);
    this.cci.hold("the Lepton is rebooting");
  }

  /** Reads with any command word. @param length words, 1 to 512 */
  readCCI(word: number, length: number): Promise<Transaction> {
    return this.cci.read(word, length);
  }

  /** Writes with any command word, 0 to 512 words of data. */
  writeCCI(word: number, words: ArrayLike<number>): Promise<Transaction> {
    return this.cci.write(word, words);
  }

  /** Stops using the bus until `initialize` and aborts running operations, because the sensor is being reset. */
  hold(reason: string): void {
    this.cci.hold(reason);
  }

  /** Idempotent. */
  close(): void {
    this.cci.close();
  }

  private async identify(): Promise<LeptonIdentity> {
    const partNumber = textOfWords(await this.cci.get(Commands.OEM_PART_NUMBER)).trim();
    const known = partNumber.endsWith(NON_RADIOMETRIC_SUFFIX) ? "3.0" : PARTS[partNumber.slice(0, 8)];
    const model = known ?? ((await this.hasTLinear()) ? "3.5" : "3.0");
    return { partNumber, model, radiometric: model !== "3.0" };
  }

  /** Every Lepton has radiometry enable, but only a radiometric one has TLinear (IDD 4.8.3, 4.8.9). */
  private async hasTLinear(): Promise<boolean> {
    try {
      await this.cci.get(Commands.RAD_TLINEAR_ENABLE);
      return true;
    } catch (error) {
      if (error instanceof LeptonError) return false;
      throw error;
    }
  }

  private async applyRadiometric(command: Command, words: readonly number[]): Promise<boolean> {
    if (!this.knownIdentity?.radiometric) return false;
    await this.apply(command, words);
    return true;
  }

  /** Writes a setting and reads it back. Repeats once if the value differs, as was seen with structures on real parts. */
  private async apply(command: Command, words: readonly number[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.cci.set(command, words);
      const got = await this.cci.get(command);
      if (words.every((word, i) => got[i] === word)) return;
      if (attempt === 2) throw new ReadbackError(command.id, words, got);
      await sleep(this.timers, RETRY_MS);
    }
  }
}
