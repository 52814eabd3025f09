// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { boardTime } from "../board-time";
import { ThermalImage } from "../../../tools/tcam/image";
import { boardTest, cameraTest, exchange, untilEnd, wholeFrame } from "./rig";

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));
const key = (message: string | undefined): string => Object.keys(JSON.parse(message ?? "{}") as object)[0] ?? "";
const text = (message: string | undefined): string =>
  (JSON.parse(message ?? "{}") as { cam_info?: { info_string: string } }).cam_info?.info_string ?? "";

cameraTest("a command before the end of input is answered, then the camera closes", async (camera) => {
  for (const [cmd, answer] of [
    ["get_status", "status"],
    ["get_config", "config"],
    ["get_wifi", "wifi"],
  ] as const)
    for (let i = 0; i < 20; i++) expect((await exchange(camera, [{ cmd }])).map(key)).toEqual([answer]);
});

cameraTest("run_ffc before the end of input is answered after the correction", async (camera) => {
  for (let i = 0; i < 10; i++)
    expect((await exchange(camera, [{ cmd: "run_ffc" }])).map(text)).toEqual(["run_ffc success"]);
});

cameraTest("get_image before the end of input is answered with the whole image", async (camera) => {
  for (let i = 0; i < 18; i++) {
    const messages = await exchange(camera, [{ cmd: "get_image" }]);
    expect(messages).toHaveLength(1);
    expect(new ThermalImage(messages[0] ?? "").pixels).toHaveLength(19_200);
  }
});

cameraTest("four half-closed clients at a time are answered", async (camera) => {
  for (let i = 0; i < 5; i++) {
    const all = await Promise.all(times(4, () => exchange(camera, [{ cmd: "get_image" }, { cmd: "get_status" }])));
    for (const messages of all) expect(messages.map(key)).toEqual(["metadata", "status"]);
  }
});

cameraTest("forty commands and the end of input in one segment: all are answered in order", async (camera) => {
  const names = times(40, (i) => ["status", "config", "wifi"][i % 3] ?? "");
  const commands = names.map((name) => ({ cmd: `get_${name}` }));
  const middle = [{ cmd: "get_image" }, { cmd: "run_ffc" }];
  const messages = await exchange(camera, [...commands, ...middle, ...commands]);
  expect(messages.map(key)).toEqual([...names, "metadata", "cam_info", ...names]);
});

cameraTest("the end of input may arrive during a command", async (camera) => {
  const socket = await camera.open();
  socket.write('\x02{"cmd":"get_status"}\x03\x02{"cmd":"run_ffc"}\x03\x02{"cmd":"get_image"}\x03');
  socket.once("readable", () => socket.end()); // The status has arrived: the correction runs.
  expect((await untilEnd(socket)).map(key)).toEqual(["status", "cam_info", "metadata"]);
});

cameraTest("a stream ends at its client's end of input, after a whole image", async (camera) => {
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

boardTest("a requested update ends at its client's end of input", async (camera) => {
  const request = { cmd: "fw_update_request", args: { length: 1_000_000, version: "9.9" } };
  expect((await exchange(camera, [request])).map(text)).toEqual(["fw_update_request success"]);
  const next = await camera.connect();
  await next.call("fw_update_request", request.args);
});

boardTest(
  "every image for a half-closed client is whole",
  async (camera) => {
    const messages = await exchange(
      camera,
      times(20, () => ({ cmd: "get_image" })),
    );
    const frames = messages.map((message) => wholeFrame(new ThermalImage(message)));
    expect(frames).toHaveLength(20);
    expect(frames).toEqual([...new Set(frames)].sort((a, b) => a - b));
  },
  { scene: "counter" },
);

boardTest("a half-closed client that reads nothing is dropped", async (camera) => {
  const socket = await camera.open();
  socket.pause();
  const after = camera.virtual.log.at(-1)?.number ?? 0;
  const begin = boardTime(camera.virtual);
  const reset = once(socket, "error");
  socket.end('\x02{"cmd":"get_image"}\x03'.repeat(50)); // more than all buffers hold
  // By the session, or by the timeout of TCP, which is as long.
  const { board } = await camera.virtual.waitForLog(/client disconnected; 0 of 4/, 90_000, after);
  expect(board - begin).toBeGreaterThan(59_000);
  expect(await reset).toEqual([expect.objectContaining({ code: "ECONNRESET" })]);
});
