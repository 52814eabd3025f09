// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:net";
import type { Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { FaultName, FaultSetting } from "../../../simulator/lepton/faults";
import { boardTest } from "../camera/rig";
import { logged, longPress, powerCycle, reconnect, setWifi } from "../network/rig";
import { blinks, now, shows, showsSolid } from "./waveform";

const SPEED = { speed: 4 };

/** What can be wrong with the sensor, and how many blinks that is. */
const CAUSES: [string, FaultName, FaultSetting, number][] = [
  ["no Lepton", "i2cNack", {}, 4],
  ["no VSYNC", "missingVsync", {}, 5],
  ["video that cannot be synchronised", "stuckDiscards", { count: 1_000_000 }, 7],
];

describe.each(CAUSES)("%s, from the start on", (_, name, setting, count) => {
  boardTest(
    `is ${count} red blinks, commands are answered, and when the cause is gone so are the blinks`,
    async (camera) => {
      const { device } = camera;
      const { faults } = device.board.lepton;
      const changes = statusLines(device);
      await powerCycle(device, () => faults.set(name, setting));
      const client = await reconnect(camera);
      await shows(device, blinks(count), now(device));
      expect((await client.call("get_status"))["status"]).toMatchObject({ Camera: "tCam-Mini-EFB5" });
      expect((await client.call("get_config"))["config"]).toMatchObject({ agc_enabled: 0 });
      expect(changes).toEqual([expect.stringMatching(new RegExp(`^fault ${count} .*; .*(tried again|reset)`))]);
      faults.clear(name);
      await showsSolid(device, "green", now(device));
      expect(changes.slice(1)).toEqual([expect.stringMatching(new RegExp(`^fault ${count} .* is gone$`))]);
      await client.image(20_000);
      client.close();
      await showsSolid(device, "yellow", now(device));
    },
    SPEED,
  );
});

/** Faults that come and go, from now on, as the firmware logs them. The board keeps 2,000 lines only, and a sensor in trouble causes many. */
function statusLines({ board }: VirtualCamera): string[] {
  const lines: string[] = [];
  board.journal.lines.subscribe(({ part, text }) => {
    if (part === "status" && text.startsWith("fault ")) lines.push(text);
  });
  return lines;
}

/** Asks the Lepton, so that the camera learns whether it answers. */
async function askLepton(client: Connection): Promise<void> {
  await client.call("get_lep_cci", { command: 0x0204, length: 4 }).catch(() => undefined);
}

boardTest(
  "of several faults the most severe is shown, the next one when that is gone, and in the end the truth",
  async (camera) => {
    const { device } = camera;
    const { faults } = device.board.lepton;
    const client = await reconnect(camera);
    faults.set("missingVsync", {});
    await shows(device, blinks(5), now(device));
    faults.set("i2cNack", {});
    await askLepton(client);
    await shows(device, blinks(4), now(device));
    faults.clear("i2cNack");
    await shows(device, blinks(5), now(device));
    faults.clear("missingVsync");
    await showsSolid(device, "green", now(device));
    client.close();
    await showsSolid(device, "yellow", now(device));
  },
  SPEED,
);

/** Has the camera's port until it is told to give it back. */
function takePort({ host, port }: VirtualCamera): Promise<() => Promise<void>> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(() => new Promise((done) => void server.close(() => done()))));
  });
}

boardTest(
  "a server that cannot listen is six blinks; it listens as soon as it can",
  async (camera) => {
    const { device } = camera;
    await setWifi(await camera.connect(), { flags: 0 });
    await device.waitForLog(/network: WiFi is disabled/, 10_000);
    const giveBack = await takePort(device);
    try {
      await longPress(device);
      await shows(device, blinks(6), now(device));
    } finally {
      await giveBack();
    }
    const free = now(device);
    await showsSolid(device, "yellow", free);
    await (await reconnect(camera)).call("get_status");
    expect(logged(device, /status: fault 6 .* is gone/)).toHaveLength(1);
  },
  SPEED,
);
