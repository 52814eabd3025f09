// SPDX-License-Identifier: Apache-2.0
/** Pixel values as temperatures. */

export const UNITS = ["°C", "°F", "K"] as const;
export type Unit = (typeof UNITS)[number];

const ZERO_CELSIUS = 273.15;

/** Kelvin in a unit. */
export function fromKelvin(kelvin: number, unit: Unit): number {
  if (unit === "K") return kelvin;
  const celsius = kelvin - ZERO_CELSIUS;
  return unit === "°C" ? celsius : celsius * 1.8 + 32;
}

export function toKelvin(value: number, unit: Unit): number {
  if (unit === "K") return value;
  return (unit === "°C" ? value : (value - 32) / 1.8) + ZERO_CELSIUS;
}

/** Writes pixel values in a unit and a language. */
export class Scale {
  private readonly format: Intl.NumberFormat;
  private readonly mark: Intl.NumberFormat;

  /** @param resolution Kelvin of a count; undefined: counts are no temperatures, and are written as they are */
  constructor(
    readonly resolution: number | undefined,
    readonly unit: Unit,
    readonly language: string,
  ) {
    const digits = resolution === undefined ? 0 : 1;
    this.format = new Intl.NumberFormat(language, {
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
      useGrouping: false,
    });
    this.mark = new Intl.NumberFormat(language, { maximumFractionDigits: 1, useGrouping: false });
  }

  /** The unit's sign; empty for counts. */
  get sign(): string {
    return this.resolution === undefined ? "" : this.unit;
  }

  value(count: number): number {
    return this.resolution === undefined ? count : fromKelvin(count * this.resolution, this.unit);
  }

  count(value: number): number {
    return this.resolution === undefined ? value : toKelvin(value, this.unit) / this.resolution;
  }

  /** A number, with a minus sign (not a hyphen) below zero. */
  number(count: number): string {
    return this.format
      .format(this.value(count))
      .replace(/^-(?=[0,.]*$)/, "")
      .replace("-", "\u2212");
  }

  /** A number of the chosen unit, with at most one digit behind the point. */
  plain(value: number): string {
    return this.mark.format(value).replace("-", "\u2212");
  }

  text(count: number): string {
    return this.sign ? `${this.number(count)}\u00a0${this.sign}` : this.number(count);
  }
}

/** Values for a scale's marks within a range: about `wanted`, at steps of 1, 2 or 5 times a power of ten. */
export function marks(low: number, high: number, wanted: number): number[] {
  const span = high - low;
  if (!(span > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(span / wanted));
  const step = power * ([1, 2, 5, 10].find((factor) => span / (power * factor) <= wanted) ?? 10);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
}
