// SPDX-License-Identifier: Apache-2.0
import { CommandFailed } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { collect } from "../camera/rig";
import { SLOW, wiredTest } from "./rig";

const TIME = { sec: 9, min: 8, hour: 7, dow: 6, day: 5, mon: 4, year: 55 };

const ACKNOWLEDGED: [cmd: string, args: object | undefined][] = [
  ["set_time", TIME],
  ["set_config", { agc_enabled: 0, emissivity: 97, gain_mode: 0 }],
  ["set_spotmeter", { c1: 79, c2: 80, r1: 59, r2: 60 }],
  ["run_ffc", undefined],
  ["stream_off", undefined],
  ["fw_update_request", { length: 65_536, version: "9.9" }],
];

const REFUSED: [cmd: string, args: object | undefined, words: string][] = [
  ["set_time", { ...TIME, mon: 13 }, "set_time failed"],
  ["set_config", { emissivity: 101 }, "set_config failed"],
  ["set_spotmeter", { c1: 3, c2: 2, r1: 0, r2: 1 }, "set_spotmeter failed"],
  ["stream_on", { delay_msec: -1 }, "stream_on failed"],
  ["get_lep_cci", { command: 0x4ecc, length: 513 }, "get_lep_cci failed"],
  ["set_lep_cci", { command: 0x4ecd, length: 4, data: "AAA=" }, "set_lep_cci failed"],
  ["set_wifi", { sta_pw: "short" }, "set_wifi failed"],
  ["fw_update_request", { length: 1, version: "9.9" }, "fw_update_request failed"],
  ["fw_segment", { start: 0, length: "many", data: "" }, "fw_segment failed"],
  ["take_picture", undefined, "Unsupported command in json string"],
  ["dump_screen", undefined, "Unsupported command in json string"],
  ["make_coffee", undefined, "Unknown command in json string"],
];

wiredTest("every command is answered as over WiFi", async ({ camera: { connection } }) => {
  for (const [cmd, args] of ACKNOWLEDGED)
    expect(await connection.call(cmd, args, SLOW)).toEqual({
      cam_info: { info_value: 1, info_string: `${cmd} success` },
    });
  for (const [cmd, args, words] of REFUSED) {
    const refusal = await connection.call(cmd, args).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CommandFailed);
    expect((refusal as Error).message).toMatch(new RegExp(`^${words}(: .*)?$`));
  }
  const { status } = (await connection.call("get_status")) as { status: Record<string, unknown> };
  expect(Object.keys(status)).toEqual(["Camera", "Model", "Version", "Time", "Date"]);
  expect(status["Date"]).toBe("4/5/25");
  expect(await connection.call("get_config")).toMatchObject({
    config: { agc_enabled: 0, emissivity: 97, gain_mode: 0 },
  });
});

wiredTest("the Lepton's registers are read and written", async ({ camera: { connection } }) => {
  const box = Buffer.from(Uint16Array.of(10, 20, 11, 21).buffer).toString("base64");
  const written = await connection.call("set_lep_cci", { command: 0x4ecd, length: 4, data: box }, SLOW);
  expect(written).toMatchObject({ cci_reg: { command: 0x4ecd, length: 4, status: expect.any(Number) as number } });
  const read = await connection.call("get_lep_cci", { command: 0x4ecc, length: 4 }, SLOW);
  expect(read).toMatchObject({ cci_reg: { command: 0x4ecc, length: 4, data: box } });
});

wiredTest("get_image is answered by image_ready, and the image has metadata first", async ({ camera }) => {
  const values: number[] = [];
  camera.connection.on("image_ready", (bytes) => values.push(bytes));
  const text = await camera.image(SLOW);
  expect(Object.keys(JSON.parse(text) as object)).toEqual(["metadata", "radiometric", "telemetry"]);
  expect(new ThermalImage(text).pixels).toHaveLength(19_200);
  expect(values).toContain(Buffer.byteLength(text) + 2 + 4);
});

wiredTest("a stream of three images is three images", async ({ camera }) => {
  const three = collect(camera.connection, 3);
  await camera.connection.call("stream_on", { delay_msec: 0, num_frames: 3 });
  await three;
  let more = 0;
  camera.connection.on("image_ready", () => more++);
  await camera.connection.call("run_ffc", undefined, SLOW);
  await camera.connection.call("get_status");
  expect(more).toBe(0);
});

wiredTest("sixteen commands sent at once are answered in order", async ({ camera: { connection } }) => {
  const commands = Array.from({ length: 16 }, (_, i) => ["get_status", "get_config", "get_wifi"][i % 3] ?? "");
  const answers = await Promise.all(commands.map((cmd) => connection.call(cmd)));
  expect(answers.map((answer) => `get_${Object.keys(answer)[0]}`)).toEqual(commands);
});
