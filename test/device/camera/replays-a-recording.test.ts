// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ThermalImage } from "../../../tools/tcam/image";
import { lastLine } from "../update/rig";
import { boardTest } from "./rig";

const recording = join(__dirname, "../../fixtures/lepton35-agc-off.tjsn");

boardTest(
  "set_config and set_spotmeter succeed on a recording, do not change its images, and are logged",
  async ({ connect, virtual }) => {
    const client = await connect();
    const image = async (): Promise<ThermalImage> => new ThermalImage(await client.image());
    const before = await image();
    const log = lastLine(virtual);
    await client.call("set_config", { emissivity: 50, gain_mode: 2 });
    await client.call("set_spotmeter", { c1: 10, c2: 19, r1: 20, r2: 24 });
    for (const name of ["RAD Flux Linear Parameters", "SYS Gain Mode", "RAD Spotmeter ROI"])
      await virtual.waitForLog(new RegExp(`lepton: ${name} was set, but the scene is a recording`), 10_000, log);
    const after = await image();
    expect(after.pixels).toEqual(before.pixels);
    expect(after.spot()).toEqual(before.spot());
    expect((await client.call("get_config"))["config"]).toMatchObject({ agc_enabled: 0, emissivity: 50, gain_mode: 2 });
  },
  { scene: recording },
);

boardTest(
  "an image of the recording has the identical radiometric text",
  async ({ connect }) => {
    const image = JSON.parse(await (await connect()).image()) as { radiometric: string };
    expect(image.radiometric).toBe(
      (JSON.parse(readFileSync(recording, "utf8")) as { radiometric: string }).radiometric,
    );
  },
  { scene: recording },
);
