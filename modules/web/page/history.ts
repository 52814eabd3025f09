// SPDX-License-Identifier: Apache-2.0

/** Readings of a moment, Kelvin. */
export interface Sample {
  /** ms of the page's clock. */
  readonly at: number;
  readonly spot: number;
  readonly min: number;
  readonly max: number;
}

export const HISTORY_MS = 600_000;
const INTERVAL_MS = 1_000;

/** The readings of the last 10 minutes, one a second. */
export class History {
  readonly samples: Sample[] = [];

  /** @returns false if a sample of this second is there already */
  add(sample: Sample): boolean {
    const last = this.samples.at(-1);
    if (last && sample.at - last.at < INTERVAL_MS - 60) return false;
    this.samples.push(sample);
    while ((this.samples[0] as Sample).at < sample.at - HISTORY_MS) this.samples.shift();
    return true;
  }
}
