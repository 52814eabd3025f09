// SPDX-License-Identifier: Apache-2.0

/** Self-heating above ambient in kelvin, at power-up and when settled, and its time constant. */
const START_RISE = 8.4;
const SETTLED_RISE = 11;
const SETTLING_SECONDS = 400;
/** The housing stays this much cooler than the focal plane array. */
const HOUSING_OFFSET = 0.95;

/** Raw sensor counts of a real 3.5: 7021 at 306.13 K and 7827 at 294.28 K (FPA); 8596 at 305.18 K and 10174 at 293.55 K (housing). */
const FPA_SENSOR = { counts: 7021, kelvin: 306.13, perKelvin: (7827 - 7021) / (294.28 - 306.13) };
const HOUSING_SENSOR = { counts: 8596, kelvin: 305.18, perKelvin: (10174 - 8596) / (293.55 - 305.18) };

/** The part's own temperatures, in kelvin, 0.01 K and sensor counts. */
export class Thermal {
  /** Ambient temperature in kelvin. Set it to heat or cool the part. */
  ambientKelvin = 295.15;
  fpaKelvin = this.ambientKelvin + START_RISE;

  /** Updates the temperatures. @param seconds since power-up */
  update(seconds: number): void {
    const rise = SETTLED_RISE - (SETTLED_RISE - START_RISE) * Math.exp(-seconds / SETTLING_SECONDS);
    this.fpaKelvin = this.ambientKelvin + rise;
  }

  get housingKelvin(): number {
    return this.fpaKelvin - HOUSING_OFFSET;
  }
  get fpaCentikelvin(): number {
    return Math.round(this.fpaKelvin * 100);
  }
  get housingCentikelvin(): number {
    return Math.round(this.housingKelvin * 100);
  }
  get fpaCounts(): number {
    return Math.round(FPA_SENSOR.counts + (this.fpaKelvin - FPA_SENSOR.kelvin) * FPA_SENSOR.perKelvin);
  }
  get housingCounts(): number {
    return Math.round(HOUSING_SENSOR.counts + (this.housingKelvin - HOUSING_SENSOR.kelvin) * HOUSING_SENSOR.perKelvin);
  }
}
