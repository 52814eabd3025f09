// SPDX-License-Identifier: Apache-2.0
import { boardTime } from "../board-time";
import type { Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { FaultName, FaultSetting } from "../../../simulator/lepton/faults";
import { boardTest } from "../camera/rig";
import { logged, longPress, powerCycle, reconnect, setWifi } from "../network/rig";
import { blinks, shows, showsSolid } from "./waveform";

/** Causes of the sensor's faults, with the number of blinks. */
const CAUSES: [string, FaultName, FaultSetting, number][] = [
  ["no Lepton", "i2cNack", {}, 4],
  ["no VSYNC", "missingVsync", {}, 5],
  ["video that cannot be synchronised", "stuckDiscards", { count: 1_000_000 }, 7],
];

describe.each(CAUSES)("%s at the start", (_, name, setting, count) => {
  boardTest(`is ${count} red blinks until the cause ends; commands are answered`, async (camera) => {
    const { virtual } = camera;
    const { faults } = virtual.board.lepton;
    const changes = statusLines(virtual);
    await powerCycle(virtual, () => faults.set(name, setting));
    const client = await reconnect(camera);
    await shows(virtual, blinks(count), boardTime(virtual));
    expect((await client.call("get_status"))["status"]).toMatchObject({ Camera: "tCam-Mini-EFB5" });
    expect((await client.call("get_config"))["config"]).toMatchObject({ agc_enabled: 0 });
    expect(changes).toEqual([expect.stringMatching(new RegExp(`^fault ${count} .*; .*(retried|reset)`))]);
    faults.clear(name);
    await showsSolid(virtual, "green", boardTime(virtual));
    expect(changes.slice(1)).toEqual([expect.stringMatching(new RegExp(`^fault ${count} .* cleared$`))]);
    await client.image();
    client.close();
    await showsSolid(virtual, "yellow", boardTime(virtual));
  });
});

/** The firmware's log lines about faults from now on. The board's log keeps only 2,000 lines, and a faulty sensor causes many. */
function statusLines({ board }: VirtualCamera): string[] {
  const lines: string[] = [];
  board.journal.lines.subscribe(({ part, text }) => {
    if (part === "status" && text.startsWith("fault ")) lines.push(text);
  });
  return lines;
}

/** Sends a CCI command, so that the camera detects whether the Lepton answers. */
async function askLepton(client: Connection): Promise<void> {
  await client.call("get_lep_cci", { command: 0x0204, length: 4 }).catch(() => undefined);
}

boardTest("the most severe fault is shown, then the next one, then the connection", async (camera) => {
  const { virtual } = camera;
  const { faults } = virtual.board.lepton;
  const client = await reconnect(camera);
  faults.set("missingVsync", {});
  await shows(virtual, blinks(5), boardTime(virtual));
  faults.set("i2cNack", {});
  await askLepton(client);
  await shows(virtual, blinks(4), boardTime(virtual));
  faults.clear("i2cNack");
  await shows(virtual, blinks(5), boardTime(virtual));
  faults.clear("missingVsync");
  await showsSolid(virtual, "green", boardTime(virtual));
  client.close();
  await showsSolid(virtual, "yellow", boardTime(virtual));
});

/** Takes the camera's port, as another program of the same address would. @returns a function that frees it */
function takePort({ network, port }: VirtualCamera): () => void {
  const free = network.listen("camera", port, { accept: () => false });
  if (!free) throw new Error("the camera still listens");
  return free;
}

boardTest("a server that cannot listen is six blinks and is retried until it listens", async (camera) => {
  const { virtual } = camera;
  await setWifi(await camera.connect(), { flags: 0 });
  await virtual.waitForLog(/network: WiFi is disabled/);
  const release = takePort(virtual);
  try {
    await longPress(virtual);
    await shows(virtual, blinks(6), boardTime(virtual));
  } finally {
    release();
  }
  const free = boardTime(virtual);
  await showsSolid(virtual, "yellow", free);
  await (await reconnect(camera)).call("get_status");
  expect(logged(virtual, /status: fault 6 .* cleared/)).toHaveLength(1);
});
