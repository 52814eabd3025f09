// SPDX-License-Identifier: Apache-2.0

import { CELSIUS_ZERO } from "../radiometry";
import { Random } from "../random";
import * as geometry from "./scene";
import type { ThermalScene } from "./scene";

// Local copies: an imported constant is a property access at each use, which costs time in loops over pixels.
const { COLUMNS, PIXELS, ROWS } = geometry;

// Local copies: the tables below call these a million times, and access to a global is slow under jest.
const { abs, cos, exp, floor, hypot, max, min, round, sin } = Math;

const kelvin = (celsius: number): number => celsius + CELSIUS_ZERO;

/** Temperatures of the scene, in °C. */
const ROOM = { top: 23.5, bottom: 21, texture: 0.35 } as const;
const COLD = { celsius: 14, left: 14, top: 66, right: 34, bottom: 104 } as const;
const HOT = { celsius: 40, column: 136, row: 92, radius: 9 } as const;
const WINDOW = { celsius: 18.5, left: 98, top: 10, right: 146, bottom: 48 } as const;
const BODY = { skin: 34.5, chest: 31, clothes: 28 } as const;

const BODY_WIDTH = 46;
const BODY_HEIGHT = 96;
/** Periods of the walk to and fro and of the up and down of a step. */
const WALK_US = 16_000_000;
const STEP_US = 1_100_000;
const WALK = { from: 34, to: 80, row: ROWS - BODY_HEIGHT, nod: 1.2 } as const;

/**
 * The default scene: a room at about 22 °C with a cool window, a cold glass (14 °C), a hot mug (40 °C) and a person walking
 * to and fro between them. Everything stays between 14 and 40 °C.
 */
export class RoomScene implements ThermalScene {
  readonly kind = "thermal";
  readonly name = "default";
  private readonly background = new Float32Array(PIXELS);
  private readonly body = new Float32Array(BODY_WIDTH * BODY_HEIGHT);
  private readonly cover = new Float32Array(BODY_WIDTH * BODY_HEIGHT);

  constructor(seed = 1) {
    this.drawRoom(new Random(seed));
    this.drawBody();
  }

  render(timeUs: number, out: Float32Array): void {
    out.set(this.background);
    const phase = (2 * Math.PI * (timeUs % WALK_US)) / WALK_US;
    const left = WALK.from + ((WALK.to - WALK.from) * (1 - cos(phase))) / 2;
    const top = WALK.row + WALK.nod * sin((2 * Math.PI * (timeUs % STEP_US)) / STEP_US);
    const column = floor(left);
    const part = left - column;
    const firstRow = round(top);
    for (let y = 0; y < BODY_HEIGHT; y++) {
      const row = firstRow + y;
      if (row < 0 || row >= ROWS) continue;
      for (let x = 1; x < BODY_WIDTH; x++) {
        const i = y * BODY_WIDTH + x;
        // Between two columns, so that the walk is smooth.
        const alpha = (this.cover[i] as number) * (1 - part) + (this.cover[i - 1] as number) * part;
        if (alpha === 0) continue;
        const warm = (this.body[i] as number) * (1 - part) + (this.body[i - 1] as number) * part;
        const at = row * COLUMNS + column + x;
        out[at] = (out[at] as number) * (1 - alpha) + warm * alpha;
      }
    }
  }

  private drawRoom(random: Random): void {
    const texture = smoothNoise(random);
    for (let y = 0; y < ROWS; y++) {
      const wall = ROOM.top + ((ROOM.bottom - ROOM.top) * y) / ROWS;
      for (let x = 0; x < COLUMNS; x++) {
        const i = y * COLUMNS + x;
        let celsius = wall + ROOM.texture * (texture[i] as number);
        celsius = mix(celsius, WINDOW.celsius + 0.02 * (y - WINDOW.top), box(x, y, WINDOW, 1));
        celsius = mix(celsius, COLD.celsius + 0.03 * abs(x - 24), box(x, y, COLD, 2));
        const distance = hypot(x - HOT.column, y - HOT.row);
        celsius = mix(celsius, HOT.celsius - 0.02 * distance, edge(HOT.radius - distance));
        const ring = abs(hypot(x - HOT.column - 12, y - HOT.row) - 5);
        if (x > HOT.column + HOT.radius - 1) celsius = mix(celsius, 33, edge(1.2 - ring));
        this.background[i] = kelvin(celsius);
      }
    }
  }

  private drawBody(): void {
    const middle = BODY_WIDTH / 2;
    for (let y = 0; y < BODY_HEIGHT; y++) {
      for (let x = 0; x < BODY_WIDTH; x++) {
        const head = ellipse(x, y, middle, 15, 10, 13);
        const neck = ellipse(x, y, middle, 29, 5, 8);
        const trunk = ellipse(x, y, middle, 76, 19, 46);
        const i = y * BODY_WIDTH + x;
        this.cover[i] = max(head, neck, trunk);
        const chest = mix(BODY.clothes, BODY.chest, max(0, 1 - hypot(x - middle, y - 52) / 22));
        // Nose and hair are cooler than the face.
        const face = BODY.skin - 0.9 * exp(-hypot(x - middle, y - 18) / 3) - (y < 9 ? 2.2 : 0);
        this.body[i] = kelvin(head > 0 || neck > 0.5 ? face : chest);
      }
    }
    // The first column stays clear: `render` looks one column to the left.
    for (let y = 0; y < BODY_HEIGHT; y++) this.cover[y * BODY_WIDTH + BODY_WIDTH - 1] = 0;
    for (let y = 0; y < BODY_HEIGHT; y++) this.cover[y * BODY_WIDTH] = 0;
  }
}

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function mix(a: number, b: number, share: number): number {
  return a + (b - a) * share;
}

/** 0 outside, 1 inside, a slope of one pixel between. */
function edge(depth: number): number {
  return depth <= 0 ? 0 : depth >= 1 ? 1 : depth;
}

function box(x: number, y: number, b: Box, softness: number): number {
  return edge(min(x - b.left, b.right - x, y - b.top, b.bottom - y) / softness);
}

function ellipse(x: number, y: number, column: number, row: number, width: number, height: number): number {
  return edge((1 - hypot((x - column) / width, (y - row) / height)) * min(width, height) * 0.6);
}

/** Values about −1 … 1 that change over some 20 pixels. */
function smoothNoise(random: Random): Float32Array {
  const step = 20;
  const columns = COLUMNS / step + 2;
  const grid = Float32Array.from({ length: columns * (ROWS / step + 2) }, () => random.uniform() * 2 - 1);
  const smooth = (t: number): number => t * t * (3 - 2 * t);
  const out = new Float32Array(PIXELS);
  for (let i = 0; i < PIXELS; i++) {
    const x = (i % COLUMNS) / step;
    const y = floor(i / COLUMNS) / step;
    const at = floor(y) * columns + floor(x);
    const fx = smooth(x % 1);
    const top = mix(grid[at] as number, grid[at + 1] as number, fx);
    const bottom = mix(grid[at + columns] as number, grid[at + columns + 1] as number, fx);
    out[i] = mix(top, bottom, smooth(y % 1));
  }
  return out;
}
