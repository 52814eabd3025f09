// SPDX-License-Identifier: Apache-2.0
/** Firmware that stands still: time goes on without it, and the watchdog ends it. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareRoot } from "../../../tools/build";
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { VirtualCameraOptions } from "../../../simulator/board/virtual-camera-options";
import { troubles } from "./rig";

async function withCamera(
  options: VirtualCameraOptions,
  work: (device: VirtualCamera) => Promise<void>,
): Promise<void> {
  const device = await VirtualCamera.start({ control: undefined, speed: "stepped", ...options });
  try {
    await work(device);
  } finally {
    await device.stop();
  }
}

describe("a firmware of its own", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "tcam-hang-"));
    for (const name of ["platforms", "drivers", "modules"]) symlinkSync(join(firmwareRoot, name), join(folder, name));
    mkdirSync(join(folder, "test"));
    writeFileSync(
      join(folder, "main.js"),
      `import system from "platform/system";
      import Timer from "timer";
      trace("I (0) main: started by " + system.info.resetCause + "\\n");
      if (system.info.resetCause === "power-on") Timer.set(() => { for (;;); }, 1000);
      else Timer.repeat(() => {}, 1000);`,
    );
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test("an endless loop ends in a watchdog reset, 30 s of board time after its start", () =>
    withCamera({ firmwareRoot: folder }, async (device) => {
      const printed = (text: string): boolean => device.log.some((line) => line.text.startsWith(text));
      await device.until("a restart", () => printed("started by watchdog"), 31_000);
      expect(printed("the firmware has used 5 s of CPU time without waiting")).toBe(true);
      expect(device.board.clock.now()).toBe(30e6);
      expect(device.board.chip.crashes).toBe(1);
    }));
});

test("a firmware that stalls for good is reset by the watchdog, and comes up again", () =>
  withCamera({}, async (device) => {
    await device.advance(5_000);
    const stalled = device.board.clock.now();
    device.board.firmwareStalls(Infinity);
    await device.until("a restart", () => device.board.chip.starts === 2, 31_000);
    expect(device.board.chip.cause).toBe("watchdog");
    expect(device.board.clock.now() - stalled).toBeGreaterThan(25e6);
    await device.until("video", () => device.log.filter(({ text }) => text === "first frame").length === 2, 10_000);
  }));

test("a firmware that stalls for 2 s reads its segments too late, and finds the video again", () =>
  withCamera({ leptonOptions: { strictness: "datasheet" } }, async (device) => {
    await device.advance(5_000);
    device.board.firmwareStalls(2_000);
    const losses = device.board.lepton.state().syncLosses;
    await device.advance(4_000);
    expect(device.board.lepton.state().syncLosses).toBeGreaterThan(losses);
    expect(device.board.chip.starts).toBe(1);
    const before = device.board.lepton.state().frames;
    await device.advance(2_000);
    expect(device.board.lepton.state().sync).toBe("stream");
    expect(device.board.lepton.state().frames).toBeGreaterThan(before);
    expect(troubles(device).filter((text) => !text.startsWith("camera: "))).toEqual([]);
  }));
