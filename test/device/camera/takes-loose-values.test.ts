// SPDX-License-Identifier: Apache-2.0
/** Integers as clients of the original camera write them: its JSON library accepts true, 95.5 and null for an integer. */
import type { Connection } from "../../../tools/tcam/connection";
import { cameraTest, collect, imagesDuringFFC, withSpotmeter } from "./rig";

async function config(client: Connection): Promise<object> {
  return (await client.call("get_config"))["config"] as object;
}

cameraTest("true and false are 1 and 0, a fraction is truncated, null counts as absent", async ({ connect }) => {
  const client = await connect();
  const before = await config(client);
  try {
    await client.call("set_config", { agc_enabled: true, emissivity: 95.5, gain_mode: 0.9 });
    expect(await config(client)).toMatchObject({ agc_enabled: 1, emissivity: 95, gain_mode: 0 });
    await client.call("set_config", { agc_enabled: false, emissivity: null });
    expect(await config(client)).toMatchObject({ agc_enabled: 0, emissivity: 95, gain_mode: 0 });
  } finally {
    await client.call("set_config", before);
  }
});

cameraTest("values out of range and texts are rejected and change nothing", async ({ connect }) => {
  const client = await connect();
  const before = await config(client);
  for (const change of [
    { emissivity: 101.5 },
    { emissivity: 0.9 },
    { gain_mode: 3 },
    { agc_enabled: "1" },
    { emissivity: "95" },
  ])
    await expect(client.call("set_config", change)).rejects.toThrow("set_config failed: ");
  expect(await config(client)).toEqual(before);
});

cameraTest("a stream's delay and number of images may have fractions", async ({ connect }) => {
  const client = await connect();
  const images = collect(client, 2);
  await client.call("stream_on", { delay_msec: 111.1, num_frames: 2.9 });
  await images;
  expect(await imagesDuringFFC(client)).toBe(0);
});

cameraTest("fractions of a spotmeter box are truncated", async ({ connect }) => {
  await withSpotmeter(await connect(), { c1: 10.7, c2: 19.2, r1: 20.5, r2: 24.9 }, (image) => {
    const { c1, c2, r1, r2 } = image.spot();
    expect([c1, c2, r1, r2]).toEqual([10, 19, 20, 24]);
  });
});
