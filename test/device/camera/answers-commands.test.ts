// SPDX-License-Identifier: Apache-2.0
import { cameraTest, collect, imagesDuringFFC, withSpotmeter } from "./rig";

cameraTest(
  "status, configuration and network have the key order of the original's documentation",
  async ({ connect }) => {
    const client = await connect();
    const keys = async (cmd: string, key: string): Promise<string[]> =>
      Object.keys((await client.call(cmd))[key] as object);
    expect(await keys("get_status", "status")).toEqual(["Camera", "Model", "Version", "Time", "Date"]);
    expect(await keys("get_config", "config")).toEqual(["agc_enabled", "emissivity", "gain_mode"]);
    expect(await keys("get_wifi", "wifi")).toEqual([
      "ap_ssid",
      "sta_ssid",
      "flags",
      "ap_ip_addr",
      "sta_ip_addr",
      "sta_netmask",
      "cur_ip_addr",
    ]);
  },
);

cameraTest("an image has metadata first, 19,200 pixels and 240 words of telemetry", async ({ connect }) => {
  const text = await (await connect()).image();
  expect(Object.keys(JSON.parse(text) as object)).toEqual(["metadata", "radiometric", "telemetry"]);
});

cameraTest("a stream of three images ends after three, and the camera still answers", async ({ connect }) => {
  const client = await connect();
  const images = collect(client, 3);
  await client.call("stream_on", { delay_msec: 0, num_frames: 3 });
  await images;
  expect(await imagesDuringFFC(client)).toBe(0);
  expect(await client.call("get_status")).toHaveProperty("status");
});

cameraTest("stream_off ends an endless stream", async ({ connect }) => {
  const client = await connect();
  const images = collect(client, 2);
  await client.call("stream_on");
  await images;
  await client.call("stream_off");
  expect(await imagesDuringFFC(client)).toBe(0);
});

cameraTest("sixteen commands sent together are answered in order", async ({ connect }) => {
  const client = await connect();
  const commands = Array.from({ length: 16 }, (_, i) => ["get_status", "get_config", "get_wifi"][i % 3] ?? "");
  const answers = await Promise.all(commands.map((cmd) => client.call(cmd)));
  expect(answers.map((answer) => `get_${Object.keys(answer)[0]}`)).toEqual(commands);
});

cameraTest("the telemetry has the spotmeter's new place, and its values agree with the pixels", async ({ connect }) => {
  await withSpotmeter(await connect(), { c1: 10, c2: 19, r1: 20, r2: 24 }, (image) => {
    const { c1, c2, r1, r2, min, max } = image.spot();
    expect([c1, c2, r1, r2]).toEqual([10, 19, 20, 24]);
    const pixels = [];
    for (let row = r1; row <= r2; row++) pixels.push(...image.pixels.subarray(row * 160 + c1, row * 160 + c2 + 1));
    expect([Math.min(...pixels), Math.max(...pixels)]).toEqual([min, max]);
  });
});
