// SPDX-License-Identifier: Apache-2.0
import { boardTest } from "../camera/rig";
import { powerCycle, reconnect, stayAway, until } from "../network/rig";
import { now, RED_GREEN, shows, showsSolid, SLOW_YELLOW, waveform } from "./waveform";

boardTest(
  "red while it starts, then slowly blinking yellow until somebody joins",
  async ({ device }) => {
    stayAway(device);
    let dark = 0;
    await powerCycle(device, () => (dark = now(device)));
    await shows(device, SLOW_YELLOW, dark, 2);
    const [red, ...blinking] = waveform(device, dark).map(([color]) => color);
    expect(red).toBe("red");
    expect(blinking).not.toContain("red");
    expect(blinking).not.toContain("green");
  },
  { speed: 2 },
);

boardTest(
  "yellow with a station, green with a client, and back",
  async (camera) => {
    const { device } = camera;
    const begin = now(device);
    await showsSolid(device, "yellow", begin);
    const first = await camera.connect();
    await showsSolid(device, "green", begin);
    const second = await camera.connect();
    first.close();
    // One client is left: nothing changes.
    await showsSolid(device, "green", now(device));
    second.close();
    await until("yellow without a client", () => device.board.led.color === "yellow");
    const alone = now(device);
    await showsSolid(device, "yellow", alone);
    expect(new Set(waveform(device, begin).map(([color]) => color))).not.toContain("red");
    const left = now(device);
    stayAway(device);
    await shows(device, SLOW_YELLOW, left, 2);
  },
  { speed: 4 },
);

boardTest(
  "an update that waits for the button alternates red and green, until its client is gone",
  async (camera) => {
    const { device } = camera;
    const client = await reconnect(camera);
    await showsSolid(device, "green", now(device));
    const asked = now(device);
    await client.call("fw_update_request", { length: 100_000, version: "9.9" });
    await shows(device, RED_GREEN, asked, 3);
    client.close();
    // The update belonged to it, and with it goes the meaning of the button.
    await showsSolid(device, "yellow", now(device));
  },
  { speed: 2 },
);
