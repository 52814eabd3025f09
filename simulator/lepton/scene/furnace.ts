// SPDX-License-Identifier: Apache-2.0

import { COLUMNS, PIXELS, ROWS } from "./scene";
import type { ThermalScene } from "./scene";

const WALL_KELVIN = 297;
const DOOR_KELVIN = 520;
/** The door is shut, then open, each for half of this. */
const PERIOD_US = 40_000_000;
/** Two thirds of the picture: far above the share that makes automatic gain change. */
const DOOR = { left: 20, right: 140, top: 10, bottom: 118 } as const;

/** A furnace whose door opens and closes every 20 s: hot enough for automatic gain to change to low and back. */
export class FurnaceScene implements ThermalScene {
  readonly kind = "thermal";
  readonly name = "furnace";
  private readonly shut = new Float32Array(PIXELS);
  private readonly open = new Float32Array(PIXELS);

  constructor() {
    for (let y = 0; y < ROWS; y++) {
      for (let x = 0; x < COLUMNS; x++) {
        const i = y * COLUMNS + x;
        const wall = WALL_KELVIN + 0.02 * x + 0.01 * y;
        const inside = x >= DOOR.left && x < DOOR.right && y >= DOOR.top && y < DOOR.bottom;
        this.shut[i] = wall + (inside ? 12 : 0);
        this.open[i] = inside ? DOOR_KELVIN + 0.3 * (y - DOOR.top) : wall + 4;
      }
    }
  }

  render(timeUs: number, out: Float32Array): void {
    out.set(timeUs % PERIOD_US < PERIOD_US / 2 ? this.shut : this.open);
  }
}
