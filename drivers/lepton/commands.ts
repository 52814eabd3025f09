// SPDX-License-Identifier: Apache-2.0
/**
 * The CCI commands this firmware and its clients use.
 * "IDD" is FLIR's Software Interface Description Document 110-0144-04 Rev 303, "SDK" the headers of FLIR's Lepton C SDK 3.x.
 */
export interface Command {
  readonly name: string;
  /** The command word of GET, with module base and, for OEM and RAD, the protection bit 0x4000 (IDD 2.1.3). */
  readonly id: number;
  /** Length of the attribute in 16-bit words; 0 = a command without data. */
  readonly words: number;
  readonly source: string;
}

const command = (name: string, id: number, words: number, source: string): Command =>
  Object.freeze({ name, id, words, source });

/** Bits 1:0 of the command word (IDD 2.1.3). */
export const Operation = Object.freeze({ GET: 0, SET: 1, RUN: 2 });

export const Commands = Object.freeze({
  AGC_ENABLE: command("AGC enable", 0x0100, 2, "IDD 4.4.1"),
  /** Keeps the histogram running while AGC is off, so that the first frames after switching it on are not black. */
  AGC_CALCULATION: command("AGC calculation enable", 0x0148, 2, "IDD 4.4.10"),
  SYS_PING: command("SYS ping", 0x0200, 0, "IDD 4.5.1"),
  SYS_UPTIME: command("SYS uptime", 0x020c, 2, "IDD 4.5.4"),
  SYS_TELEMETRY_ENABLE: command("SYS telemetry enable", 0x0218, 2, "IDD 4.5.7"),
  SYS_TELEMETRY_LOCATION: command("SYS telemetry location", 0x021c, 2, "IDD 4.5.8"),
  SYS_FFC_MODE: command("SYS FFC shutter mode", 0x023c, 16, "IDD 4.5.16"),
  SYS_FFC: command("SYS run FFC", 0x0240, 0, "IDD 4.5.17"),
  SYS_FFC_STATUS: command("SYS FFC status", 0x0244, 2, "IDD 4.5.18"),
  SYS_GAIN_MODE: command("SYS gain mode", 0x0248, 2, "IDD 4.5.19"),
  OEM_PART_NUMBER: command("OEM FLIR part number", 0x481c, 16, "IDD 4.7.4"),
  OEM_REBOOT: command("OEM reboot", 0x4840, 0, "IDD 4.7.11"),
  /** The IDD lists GET only; every driver in the field sets it. */
  OEM_GPIO_MODE: command("OEM GPIO mode", 0x4854, 2, "IDD 4.7.15"),
  RAD_ENABLE: command("RAD enable", 0x4e10, 2, "IDD 4.8.3"),
  RAD_FLUX_PARAMETERS: command("RAD flux linear parameters", 0x4ebc, 8, "IDD 4.8.8"),
  RAD_TLINEAR_ENABLE: command("RAD TLinear enable", 0x4ec0, 2, "IDD 4.8.9"),
  RAD_TLINEAR_RESOLUTION: command("RAD TLinear resolution", 0x4ec4, 2, "IDD 4.8.10"),
  RAD_TLINEAR_AUTO_RESOLUTION: command("RAD TLinear auto resolution", 0x4ec8, 2, "IDD 4.8.11"),
  RAD_SPOTMETER_ROI: command("RAD spotmeter ROI", 0x4ecc, 4, "IDD 4.8.12"),
  RAD_SPOTMETER_VALUE: command("RAD spotmeter value", 0x4ed0, 4, "IDD 4.8.13"),
});

const OPERATION_NAMES: readonly string[] = Object.freeze(["GET", "SET", "RUN", "(type 3)"], true);

/** The name of a command word for errors: `SET RAD TLinear enable (0x4EC1)`. */
export const describeCommand = (word: number): string => {
  const known = Object.values(Commands).find(({ id }) => id === (word & ~3));
  const hex = `0x${(word & 0xffff).toString(16).toUpperCase().padStart(4, "0")}`;
  return known ? `${OPERATION_NAMES[word & 3]} ${known.name} (${hex})` : `command ${hex}`;
};
