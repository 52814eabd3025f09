// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { boardTest, cameraTest, exchange, untilEnd, wholeFrame } from "./rig";

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const key = (packet: string | undefined): string => Object.keys(JSON.parse(packet ?? "{}") as object)[0] ?? "";
const text = (packet: string | undefined): string =>
  (JSON.parse(packet ?? "{}") as { cam_info?: { info_string: string } }).cam_info?.info_string ?? "";

cameraTest(
  "one command and the end of input: it is answered, then the camera closes, time after time",
  async (camera) => {
    for (const [cmd, answer] of [
      ["get_status", "status"],
      ["get_config", "config"],
      ["get_wifi", "wifi"],
    ] as const)
      for (let i = 0; i < 20; i++) expect((await exchange(camera, [{ cmd }])).map(key)).toEqual([answer]);
  },
);

cameraTest("run_ffc and the end of input: it is answered when the correction is done", async (camera) => {
  for (let i = 0; i < 10; i++)
    expect((await exchange(camera, [{ cmd: "run_ffc" }])).map(text)).toEqual(["run_ffc success"]);
});

cameraTest("get_image and the end of input: the whole image comes", async (camera) => {
  for (let i = 0; i < 18; i++) {
    const packets = await exchange(camera, [{ cmd: "get_image" }]);
    expect(packets).toHaveLength(1);
    expect(new ThermalImage(packets[0] ?? "").pixels).toHaveLength(19_200);
  }
});

cameraTest("four clients at a time get theirs", async (camera) => {
  for (let i = 0; i < 5; i++) {
    const all = await Promise.all(times(4, () => exchange(camera, [{ cmd: "get_image" }, { cmd: "get_status" }])));
    for (const packets of all) expect(packets.map(key)).toEqual(["metadata", "status"]);
  }
});

cameraTest("forty commands and the end of input in one piece: all are answered, in order", async (camera) => {
  const names = times(40, (i) => ["status", "config", "wifi"][i % 3] ?? "");
  const commands = names.map((name) => ({ cmd: `get_${name}` }));
  const middle = [{ cmd: "get_image" }, { cmd: "run_ffc" }];
  const packets = await exchange(camera, [...commands, ...middle, ...commands]);
  expect(packets.map(key)).toEqual([...names, "metadata", "cam_info", ...names]);
});

cameraTest("the end of input may come while a command is run", async (camera) => {
  const socket = await camera.open();
  socket.write('\x02{"cmd":"get_status"}\x03\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"get_image"}\x03');
  socket.once("readable", () => socket.end()); // the status is there: the correction runs
  expect((await untilEnd(socket)).map(key)).toEqual(["status", "cam_info", "metadata"]);
});

cameraTest("a stream ends with the input of its client, after a whole image", async (camera) => {
  expect((await exchange(camera, [{ cmd: "stream_on" }])).slice(0, 1).map(text)).toEqual(["stream_on success"]);
  const socket = await camera.open();
  socket.write('\x02{"cmd":"stream_on"}\x03');
  let bytes = 0;
  let last: number | undefined;
  for await (const part of socket as AsyncIterable<Buffer>) {
    bytes += part.length;
    last = part.at(-1);
    if (bytes > 150_000 && !socket.writableEnded) socket.end();
  }
  expect(last).toBe(3);
});

boardTest("an update that was requested ends with the input of its client", async (camera) => {
  const request = { cmd: "fw_update_request", args: { length: 1_000_000, version: "9.9" } };
  expect((await exchange(camera, [request])).map(text)).toEqual(["fw_update_request success"]);
  const next = await camera.connect();
  await next.call("fw_update_request", request.args);
});

boardTest(
  "every image of a client that has shut its sending side is whole",
  async (camera) => {
    const packets = await exchange(
      camera,
      times(20, () => ({ cmd: "get_image" })),
    );
    const frames = packets.map((packet) => wholeFrame(new ThermalImage(packet)));
    expect(frames).toHaveLength(20);
    expect(frames).toEqual([...new Set(frames)].sort((a, b) => a - b));
  },
  { scene: "counter", speed: 2 },
);

boardTest(
  "a client that has shut its sending side and takes nothing is dropped",
  async (camera) => {
    const socket = await camera.open();
    socket.pause();
    const after = camera.device.log.at(-1)?.number ?? 0;
    socket.end('\x02{"cmd":"get_image"}\x03'.repeat(50)); // far more than fits all the buffers on the way
    await camera.device.waitForLog(/session ended: no answer was taken for 60 s/, 60_000, after);
    await camera.device.waitForLog(/client disconnected; 0 of 4/, 10_000, after);
  },
  { speed: 8 },
);
