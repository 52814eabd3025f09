// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { boardTest } from "./rig";

const recording = join(__dirname, "../../fixtures/lepton35-agc-off.tjsn");

boardTest(
  "a recorded packet comes out with the identical radiometric text",
  async ({ connect }) => {
    const image = JSON.parse(await (await connect()).image(20_000)) as { radiometric: string };
    expect(image.radiometric).toBe(
      (JSON.parse(readFileSync(recording, "utf8")) as { radiometric: string }).radiometric,
    );
  },
  { scene: recording },
);
