// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import type { Model } from "../../../simulator/lepton";
import { pass } from "../board-time";
import { SLOW, wiredBoardTest, wiredTest } from "./rig";

const MODELS: [lepton: Model, value: number][] = [
  ["3.5", 262_147],
  ["3.0", 262_147 + 0x100],
  ["3.1R", 262_147 + 0x200],
];

describe.each(MODELS)("with a Lepton %s", (lepton, value) => {
  wiredBoardTest(
    `status and images report model ${value}: the hardware interface`,
    async ({ camera }) => {
      const image = new ThermalImage(await camera.image(SLOW));
      expect(image.metadata.Model).toBe(value);
      expect(await camera.connection.call("get_status")).toMatchObject({ status: { Model: value } });
    },
    { lepton, speed: 4 },
  );
});

wiredTest("get_wifi returns the stored settings, with the flags of a radio that is off", async ({ camera }) => {
  const { wifi } = (await camera.connection.call("get_wifi")) as { wifi: Record<string, unknown> };
  expect((wifi["flags"] as number) & 0b1110).toBe(0);
  expect(wifi["cur_ip_addr"]).toBe("0.0.0.0");
  expect(wifi["ap_ssid"]).toMatch(/^tCam/);
});

wiredBoardTest(
  "WiFi stays off and the LED solid green, also after set_wifi, get_wifi and stream_on",
  async ({ camera, device }) => {
    const { board } = device;
    await camera.image(SLOW);
    const from = board.clock.now() / 1000;
    expect(board.led.color).toBe("green");
    await camera.connection.call("set_wifi", { ap_ssid: "tCam-Kiln", flags: 1 });
    await camera.connection.call("get_wifi");
    await camera.connection.call("stream_on");
    await pass(device, 10_000);
    await camera.connection.call("stream_off");
    expect(board.led.since(from)).toEqual([]);
    expect(board.led.color).toBe("green");
    expect(board.radio.describe()).toMatchObject({ link: { state: "idle" }, accessPoint: null });
  },
  { speed: 4 },
);
