// SPDX-License-Identifier: Apache-2.0

// Local copies: the tables below call these a million times, and access to a global is slow under jest.
const { PI, cos, floor, imul, log, sqrt } = Math;

/** A small seeded generator (xoshiro128**), so that every run with the same seed is the same run. */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  constructor(seed: number) {
    // splitmix32 spreads a small seed over the whole state; an all-zero state would stay zero.
    let s = seed | 0;
    const next = (): number => {
      s = (s + 0x9e3779b9) | 0;
      let z = s ^ (s >>> 16);
      z = imul(z, 0x21f0aaad);
      z ^= z >>> 15;
      z = imul(z, 0x735a2d97);
      return z ^ (z >>> 15);
    };
    this.a = next();
    this.b = next();
    this.c = next();
    this.d = next() | 1;
  }

  /** A whole number, 0 … 2³²−1. */
  uint32(): number {
    const x = imul(this.b, 5);
    const result = imul((x << 7) | (x >>> 25), 9);
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = (this.d << 11) | (this.d >>> 21);
    return result >>> 0;
  }

  /** A number in [0, 1). */
  uniform(): number {
    return this.uint32() / 4294967296;
  }

  /** A whole number in [0, below). */
  below(below: number): number {
    return floor(this.uniform() * below);
  }

  /** A normally distributed number, mean 0, deviation 1 (Box–Muller). */
  gaussian(): number {
    const radius = sqrt(-2 * log(1 - this.uniform()));
    return radius * cos(2 * PI * this.uniform());
  }
}

/** Numbers in [0, 1), the same for the same seed. */
export function seededRandom(seed: number): () => number {
  const random = new Random(seed);
  return () => random.uniform();
}
