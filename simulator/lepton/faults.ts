// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "./clock";
import { Random } from "./random";
import { PIXELS } from "./scene/scene";
import { PACKET_BYTES } from "./segments";

const PACKET_BITS = 8 * PACKET_BYTES;
/** Largest `count`, `durationMs` and `afterMs`: 11 days in milliseconds. */
const MOST = 1e9;
/** Least `durationMs`: one microsecond, the clock's unit. */
const SHORTEST_MS = 0.001;

/** A fault's own parameter, a whole number. */
interface ValueRange {
  readonly default: number;
  readonly min: number;
  readonly max: number;
}

interface FaultKind {
  /** The effect, and what `value` means: one line for the control page. */
  readonly effect: string;
  /** The opportunity at which the fault can happen. */
  readonly chance: string;
  /** Default `count`: 1 for events, Infinity for conditions. */
  readonly count: number;
  /** Only on faults that have a parameter. */
  readonly value?: ValueRange;
}

/** Every fault of the part that can be switched on. All have been seen on real parts. */
export const FAULTS = {
  stuckDiscards: { effect: "only discard packets until a hard reset", chance: "segment", count: 1 },
  lostSync: { effect: "sync is lost; only an idle of 185 ms with CS high regains it", chance: "segment", count: 1 },
  bitSlip: { effect: "all bytes shifted by `value` bits until a resync", chance: "packet", count: 1, value: { default: 1, min: 1, max: 7 } }, // prettier-ignore
  segmentZero: { effect: "packet 20 carries segment number 0", chance: "segment", count: Infinity },
  needsReboot: { effect: "packet 20 carries segment number 0 until an OEM reboot", chance: "segment", count: Infinity },
  wrongSegment: { effect: "packet 20 carries another segment number (`value`, 0 = any)", chance: "segment", count: Infinity, value: { default: 0, min: 0, max: 7 } }, // prettier-ignore
  droppedPackets: { effect: "a packet is left out", chance: "packet", count: Infinity },
  duplicatedPackets: { effect: "a packet is sent twice", chance: "packet", count: Infinity },
  bitErrors: { effect: "`value` random bits of a packet are inverted", chance: "packet", count: Infinity, value: { default: 1, min: 1, max: PACKET_BITS } }, // prettier-ignore
  zeroBus: { effect: "MISO reads all zeros", chance: "transfer", count: Infinity },
  missingVsync: { effect: "no VSYNC pulse", chance: "pulse", count: Infinity },
  i2cNack: { effect: "an I2C transaction is not acknowledged", chance: "transaction", count: Infinity },
  cciNeverReady: { effect: "BUSY never clears", chance: "STATUS read", count: Infinity },
  earlyAccessHang: { effect: "I2C access during boot blocks CCI until a power cycle", chance: "early access", count: Infinity }, // prettier-ignore
  commandRejected: { effect: "a command (`command`, or any) ends with result `value`", chance: "command", count: Infinity, value: { default: -11, min: -128, max: 127 } }, // prettier-ignore
  partialWrite: { effect: "a burst of 16 words to DATA 0-15 lands only in its first half", chance: "burst", count: Infinity }, // prettier-ignore
  sensorReset: { effect: "the part resets itself; its settings are lost", chance: "segment", count: 1 },
  ffcBlackout: { effect: "no valid segment for `value` ms", chance: "frame", count: 1, value: { default: 2000, min: 1, max: 600_000 } }, // prettier-ignore
  zeroPixels: { effect: "the first `value` pixels of a frame read 0", chance: "frame", count: Infinity, value: { default: 1, min: 1, max: PIXELS } }, // prettier-ignore
  thermalShutdown: { effect: "over-temperature: status bit 20, standby after 270 frames at 26 Hz", chance: "frame", count: Infinity }, // prettier-ignore
  shutterLockout: { effect: "status bit 15; FFC is refused", chance: "frame", count: Infinity },
  shutterFailure: { effect: "FFC is done with the shutter open: a ghost of the scene stays", chance: "FFC", count: Infinity }, // prettier-ignore
  overclock: { effect: "a ramp test pattern instead of the scene", chance: "frame", count: Infinity },
  restartWedge: { effect: "starting to read after a resync ends in stuck discards", chance: "resync", count: Infinity },
} as const satisfies Record<string, FaultKind>;

export type FaultName = keyof typeof FAULTS;

export const FAULT_NAMES = Object.keys(FAULTS) as FaultName[];

/** How a fault is switched on. `{}` means from now on, at each opportunity, without end (once, for events). */
export interface FaultSetting {
  /** Probability at each opportunity, 0 … 1. Default 1. */
  probability?: number;
  /** Switches itself off after it has happened this often: 1 … 10⁹, or Infinity. */
  count?: number;
  /** Switches itself off after this long (board time): above 0, up to 10⁹, or Infinity. */
  durationMs?: number;
  /** Begins this long after being switched on (board time): 0 … 10⁹. Default 0. */
  afterMs?: number;
  /** The fault's own parameter; its range is in FAULTS. Faults without one refuse it. */
  value?: number;
  /** `commandRejected` only: the COMMAND register value it applies to, 0 … 65535. Default any. */
  command?: number;
}

/** One fault as `FaultSwitches.list` reports it. */
export interface FaultReport {
  name: FaultName;
  on: boolean;
  happened: number;
  setting: FaultSetting | undefined;
}

interface Switch {
  setting: FaultSetting;
  probability: number;
  left: number;
  from: number;
  until: number;
}

/** The part's fault switches: their settings, and how often each fault has happened. Deterministic for a seed. */
export class FaultSwitches {
  private readonly switches = new Map<FaultName, Switch>();
  private readonly counts = new Map<FaultName, number>();
  /** Kept after a fault is switched off: its last occurrence switches it off before it uses the parameter. */
  private readonly values = new Map<FaultName, number>();
  private readonly random: Random;

  constructor(
    private readonly clock: Clock,
    seed: number,
  ) {
    this.random = new Random(seed ^ 0x0fa17);
  }

  /**
   * Switches a fault on; replaces an earlier setting of the same fault.
   * @throws RangeError for an unknown name or a setting out of range
   */
  set(name: FaultName, setting: FaultSetting = {}): void {
    if (!isFaultName(name))
      throw new RangeError(`no fault named ${String(name)}; there are: ${FAULT_NAMES.join(", ")}`);
    const kind: FaultKind = FAULTS[name];
    check(name, setting);
    const { probability = 1, count = kind.count, durationMs = Infinity, afterMs = 0 } = setting;
    const from = this.clock.now() + afterMs * 1000;
    const until = from + durationMs * 1000;
    this.switches.set(name, { setting: { ...setting }, probability, left: count, from, until });
    this.values.set(name, setting.value ?? kind.value?.default ?? 0);
  }

  /** Switches one fault off, or all. The counts stay. */
  clear(name?: FaultName): void {
    if (name === undefined) this.switches.clear();
    else this.switches.delete(name);
  }

  /** True while the fault is switched on and its time has come. */
  isOn(name: FaultName): boolean {
    // Fast path: usually no fault is on, and each packet asks.
    if (this.switches.size === 0) return false;
    const entry = this.switches.get(name);
    if (entry === undefined) return false;
    const now = this.clock.now();
    if (now >= entry.until) {
      this.clear(name);
      return false;
    }
    return now >= entry.from;
  }

  /** Decides at one opportunity whether the fault happens now, and counts it. */
  strikes(name: FaultName, command?: number): boolean {
    if (!this.isOn(name)) return false;
    const entry = this.switches.get(name) as Switch;
    if (entry.setting.command !== undefined && entry.setting.command !== command) return false;
    if (entry.probability < 1 && this.random.uniform() >= entry.probability) return false;
    this.counts.set(name, this.happened(name) + 1);
    entry.left -= 1;
    if (entry.left <= 0) this.clear(name);
    return true;
  }

  /** How often the fault has happened. */
  happened(name: FaultName): number {
    return this.counts.get(name) ?? 0;
  }

  /** The fault's own parameter as set, or its default. */
  value(name: FaultName): number {
    const kind: FaultKind = FAULTS[name];
    return this.values.get(name) ?? kind.value?.default ?? 0;
  }

  /** A whole number in [0, below) from the faults' own random generator. */
  below(below: number): number {
    return this.random.below(below);
  }

  /** True when a fault is on: lets the packet path skip its checks. */
  get any(): boolean {
    return this.switches.size > 0;
  }

  /** All faults with state and count, as plain data. */
  list(): FaultReport[] {
    return FAULT_NAMES.map((name) => ({
      name,
      on: this.isOn(name),
      happened: this.happened(name),
      setting: this.switches.get(name)?.setting,
    }));
  }
}

/** @throws RangeError for a parameter that is out of its range, or that the fault does not have */
function check(name: FaultName, setting: FaultSetting): void {
  const kind: FaultKind = FAULTS[name];
  const { probability = 1, count = Infinity, durationMs = Infinity, afterMs = 0, value, command } = setting;
  const refuse = (reason: string): never => {
    throw new RangeError(`${name}: ${reason}`);
  };
  if (!isWithin(probability, 0, 1)) refuse("probability must be 0 to 1");
  if (count !== Infinity && !isWhole(count, 1, MOST)) refuse(`count must be a whole number from 1 to ${MOST}`);
  if (durationMs !== Infinity && !isWithin(durationMs, SHORTEST_MS, MOST)) refuse(`durationMs must be ${SHORTEST_MS} to ${MOST}`); // prettier-ignore
  if (!isWithin(afterMs, 0, MOST)) refuse(`afterMs must be 0 to ${MOST}`);
  if (value !== undefined) {
    const range = kind.value ?? refuse("has no value");
    if (!isWhole(value, range.min, range.max)) refuse(`value must be a whole number from ${range.min} to ${range.max}`);
  }
  if (command !== undefined) {
    if (name !== "commandRejected") refuse("has no command");
    if (!isWhole(command, 0, 0xffff)) refuse("command must be a whole number from 0 to 65535");
  }
}

function isWithin(value: number, min: number, max: number): boolean {
  return value >= min && value <= max;
}

function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && isWithin(value, min, max);
}

/** True when `name` is the name of a fault. */
export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}
