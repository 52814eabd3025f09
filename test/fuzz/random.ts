// SPDX-License-Identifier: Apache-2.0
import { Random as Generator } from "../../simulator/lepton/random";

/** The simulator's generator with choices for fuzzers. */
export class Random extends Generator {
  /** True once in `n` times. */
  once(n: number): boolean {
    return this.below(n) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }
}
