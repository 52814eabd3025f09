// SPDX-License-Identifier: Apache-2.0

/** The emulated models. */
export type Model = "3.5" | "3.0" | "3.1R";

/** The differences between the models (Engineering Datasheet T1, part numbers as real parts answer). */
export interface Traits {
  /** Answer of OEM FLIR Part Number. */
  readonly partNumber: string;
  /** TLinear, flux-linear parameters and the spotmeter. */
  readonly radiometric: boolean;
  /** Low gain and automatic gain. */
  readonly gainModes: boolean;
  /** A housing (AUX) temperature sensor. */
  readonly housingSensor: boolean;
  /** Counts for a scene at camera temperature with radiometry off (Engineering Datasheet 3.5.2). */
  readonly nonRadiometricLevel: number;
  /** Default period of the automatic FFC, in milliseconds. */
  readonly ffcPeriodMs: number;
  /** Default temperature change that requires an FFC, in 0.01 K. */
  readonly ffcTempDelta: number;
}

const RADIOMETRIC: Omit<Traits, "partNumber"> = {
  radiometric: true,
  gainModes: true,
  housingSensor: true,
  nonRadiometricLevel: 4096,
  ffcPeriodMs: 180_000,
  ffcTempDelta: 150,
};

/** By model. */
export const TRAITS: Readonly<Record<Model, Traits>> = {
  "3.5": { partNumber: "500-0771-01", ...RADIOMETRIC },
  "3.0": {
    partNumber: "500-0726-01",
    radiometric: false,
    gainModes: false,
    housingSensor: false,
    nonRadiometricLevel: 8192,
    ffcPeriodMs: 300_000,
    ffcTempDelta: 300,
  },
  "3.1R": { partNumber: "500-0758-03", ...RADIOMETRIC },
};

/** FLIR serial number and unit words; a plausible part, not a real one's. */
export const SERIAL_WORDS: readonly number[] = [0x3e81, 0x0005, 0x71c2, 0x1e0a, 0x140c, 0x07fc, 0x2400, 0];
/** GPP 3.3.26 and DSP 3.3.26. */
export const SOFTWARE_REVISION = { major: 3, minor: 3, build: 26 } as const;
/** Telemetry revision word, major.minor. */
export const TELEMETRY_REVISION = 0x000e;
