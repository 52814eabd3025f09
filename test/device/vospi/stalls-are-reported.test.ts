// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

const SCRIPT = `${OPEN}
  let stalls = 0;
  const vospi = open({
    onReadable() { this.read().close(); say("frame"); this.close(); },
    onStall(stall) { say(stall); if (++stalls === 2) say("twice"); },
  });
  vospi.start();
`;

test("a sensor without VSYNC is reported every 500 ms, and captured when it is back", async () => {
  const sensor = new FakeSensor(100);
  sensor.vsync = false;
  const board = await boardWith(sensor);
  const script = run(SCRIPT, { env: board.env });
  for (const line of ["no-vsync", "no-vsync", "twice"]) expect(await script.line()).toBe(line);
  sensor.vsync = true;
  sensor.resume();
  expect(await script.line()).toBe("frame");
  expect(await script.ended).toBe(0);
});

test.each([0x00, 0xff])("a bus that reads only %i is reported after every three resynchronisations", async (byte) => {
  const sensor = new FakeSensor(100);
  sensor.garbage = byte;
  const board = await boardWith(sensor);
  const script = run(SCRIPT, { env: board.env });
  for (const line of ["no-sync", "no-sync", "twice"]) expect(await script.line()).toBe(line);
  sensor.garbage = undefined;
  let line = await script.line();
  while (line === "no-sync") line = await script.line();
  expect(line).toBe("frame");
  expect(await script.ended).toBe(0);
});

test("no callback follows stop(), and a new start begins with a resynchronisation", async () => {
  const sensor = new FakeSensor(1000);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    import Timer from "timer";
    let frames = 0, stopped = false;
    const vospi = open({
      onReadable() {
        if (stopped) say("called back after stop");
        this.read().close();
        if (++frames === 3) {
          this.stop();
          stopped = true;
          Timer.set(() => { stopped = false; this.start(); }, 100);
        }
        if (frames === 5) { say("done"); this.close(); }
      },
      onStall(stall) { say(stall); },
    });
    vospi.start();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("done");
  expect(await script.ended).toBe(0);
  const text = sensor.log.join("");
  expect(text.replace(/E+/g, "E")).toMatch(/^AIEZAIE/);
});
