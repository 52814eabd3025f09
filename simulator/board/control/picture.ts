// SPDX-License-Identifier: Apache-2.0
/** The scene in front of the sensor, for the control page. */
import { COLUMNS, PIXELS, ROWS } from "../../lepton";
import type { VirtualBoard } from "../virtual-board";

const CENTIKELVIN = 100;

/** The scene as one image. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly min: number;
  readonly max: number;
  /** Base64 of 160 × 120 little-endian 16-bit words, row by row: hundredths of a kelvin, or a recording's own words. */
  readonly words: string;
}

/** The scene at this moment, without noise and effects of the sensor. */
export function describePicture(board: VirtualBoard): Picture {
  board.pacer.sync();
  const scene = board.lepton.scene;
  const words = new Uint16Array(PIXELS);
  if (scene.kind === "words") scene.words(board.lepton.state().frames, words, 16);
  else {
    const kelvin = new Float32Array(PIXELS);
    scene.render(board.clock.now(), kelvin);
    for (let i = 0; i < PIXELS; i++) words[i] = Math.round((kelvin[i] as number) * CENTIKELVIN);
  }
  let min = 0xffff;
  let max = 0;
  for (const word of words) {
    if (word < min) min = word;
    if (word > max) max = word;
  }
  const bytes = Buffer.from(words.buffer);
  return { width: COLUMNS, height: ROWS, min, max, words: bytes.toString("base64") };
}
