// SPDX-License-Identifier: Apache-2.0
import { until, boardTime } from "../board-time";
import { boardTest } from "../camera/rig";
import { powerCycle, reconnect, leaveAccessPoint } from "../network/rig";
import { RED_GREEN, shows, showsSolid, SLOW_YELLOW, waveform } from "./waveform";

boardTest("red during the start, then slowly blinking yellow until a station joins", async ({ virtual }) => {
  leaveAccessPoint(virtual);
  let dark = 0;
  await powerCycle(virtual, () => (dark = boardTime(virtual)));
  await shows(virtual, SLOW_YELLOW, dark, 2);
  const [red, ...blinking] = waveform(virtual, dark).map(([color]) => color);
  expect(red).toBe("red");
  expect(blinking).not.toContain("red");
  expect(blinking).not.toContain("green");
});

boardTest("yellow with a station, green with a client, and yellow again", async (camera) => {
  const { virtual } = camera;
  const begin = boardTime(virtual);
  await showsSolid(virtual, "yellow", begin);
  const first = await camera.connect();
  await showsSolid(virtual, "green", begin);
  const second = await camera.connect();
  first.close();
  // One client is still connected.
  await showsSolid(virtual, "green", boardTime(virtual));
  second.close();
  await until(virtual, "yellow without a client", () => virtual.board.led.color === "yellow");
  const alone = boardTime(virtual);
  await showsSolid(virtual, "yellow", alone);
  expect(new Set(waveform(virtual, begin).map(([color]) => color))).not.toContain("red");
  const left = boardTime(virtual);
  leaveAccessPoint(virtual);
  await shows(virtual, SLOW_YELLOW, left, 2);
});

boardTest("an update that waits for the button alternates red and green until its client leaves", async (camera) => {
  const { virtual } = camera;
  const client = await reconnect(camera);
  await showsSolid(virtual, "green", boardTime(virtual));
  const asked = boardTime(virtual);
  await client.call("fw_update_request", { length: 100_000, version: "9.9" });
  await shows(virtual, RED_GREEN, asked, 3);
  client.close();
  // The update has ended with its client.
  await showsSolid(virtual, "yellow", boardTime(virtual));
});
