// SPDX-License-Identifier: Apache-2.0
/** Board time from a start to its first frame, and resets of the sensor. The virtual board has no ROM and no bootloader. */
import type { LogLine } from "../../../simulator/board/journal";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { boardTime, pass, until } from "../board-time";
import { boardTest } from "./rig";

interface Start {
  /** From the start to the first frame. */
  ms: number;
  /** How often the sensor left its reset. */
  boots: number;
  texts: string[];
}

async function firstFrame(camera: VirtualCamera, start: () => Promise<void>): Promise<Start> {
  const before = camera.log.at(-1)?.number ?? 0;
  const from = boardTime(camera);
  const lines = (): LogLine[] => camera.log.filter(({ number }) => number > before);
  const found = (): LogLine | undefined => lines().find(({ text }) => text === "first frame");
  await start();
  await until(camera, "the first frame", () => found() !== undefined, { limit: 30_000 });
  const texts = lines().map(({ text }) => text);
  return {
    ms: (found()?.board ?? Infinity) - from,
    boots: texts.filter((text) => text === "out of reset").length,
    texts,
  };
}

boardTest("power-on: the sensor boots once, and the first frame comes within 1.4 s", async ({ virtual }) => {
  await virtual.board.powerOff();
  const { ms, boots } = await firstFrame(virtual, () => virtual.board.powerOn());
  expect(ms).toBeLessThan(1_400);
  expect(boots).toBe(1);
});

for (const cause of ["software", "reset-pin", "watchdog", "brown-out"] as const) {
  boardTest(`restart by ${cause}, without loss of power: the sensor is reset`, async ({ virtual }) => {
    const { ms, boots, texts } = await firstFrame(virtual, () => virtual.board.reset(cause));
    expect(texts).toContainEqual(expect.stringContaining(`started by ${cause}`));
    expect(boots).toBe(1);
    expect(ms).toBeGreaterThan(1_000);
  });
}

boardTest(
  "a sensor without power at power-on works within 10 s of the start when it has power after 3 s",
  async ({ virtual }) => {
    const { board } = virtual;
    await board.powerOff();
    const { ms, texts } = await firstFrame(virtual, async () => {
      await board.powerOn();
      board.lepton.power(false);
      await pass(virtual, 3_000);
      board.lepton.power(true);
    });
    expect(ms).toBeLessThan(10_000);
    expect(texts).toContainEqual("the Lepton's video is back");
  },
);
