// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("pause() while frames arrive: they stop at a frame's end, go on after resume(), and nothing counts as lost", async () => {
  const sensor = new FakeSensor(Infinity);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    import Timer from "timer";
    let frames = 0, last = 0, held = false;
    const vospi = open({
      onReadable() {
        const frame = this.read(), number = frame.telemetry(20);
        if (held) say("a frame in a pause");
        if (number <= last) say("frame", number, "after", last);
        last = number;
        frame.close();
        if (++frames % 5 === 0) hold();
      },
      onStall(stall) { say(stall); },
    });
    async function hold() {
      await vospi.pause();
      vospi.read()?.close();
      held = true;
      const { segments } = vospi.statistics;
      await new Promise((resolve) => Timer.set(resolve, 50));
      held = false;
      const { resyncs, rejectedFrames, brokenSegments } = vospi.statistics;
      say(vospi.statistics.segments - segments, resyncs, rejectedFrames, brokenSegments);
      vospi.resume();
      if (frames >= 20) { say("done"); vospi.close(); }
    }
    vospi.start();
    `,
    { env: board.env },
  );
  for (let pause = 0; pause < 4; pause++) expect(await script.line()).toBe("0 0 0 0");
  expect(await script.line()).toBe("done");
  expect(await script.ended).toBe(0);
});

test("pause() resolves at once without a running capture, and at stop(), resume() and close(); a second one rejects", async () => {
  const sensor = new FakeSensor(Infinity);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    const vospi = open();
    const twice = async () => { try { await vospi.pause(); return "no error"; } catch (error) { return error.message; } };
    await vospi.pause();
    say("not running");
    say(await twice());
    vospi.resume();
    vospi.resume();
    vospi.start();
    let pause = vospi.pause();
    vospi.resume();
    await pause;
    say("resumed");
    pause = vospi.pause();
    vospi.stop();
    await pause;
    say("stopped");
    vospi.start();
    vospi.resume();
    pause = vospi.pause();
    vospi.close();
    await pause;
    say("closed");
    vospi.resume();
    await vospi.pause();
    say("after close");
    `,
    { env: board.env },
  );
  const lines = ["not running", "VoSPI is paused already", "resumed", "stopped", "closed", "after close"];
  for (const line of lines) expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
});

test("a run started in a pause begins after it", async () => {
  const sensor = new FakeSensor(Infinity);
  const board = await boardWith(sensor);
  const script = run(
    `${OPEN}
    import Timer from "timer";
    let held = true;
    const vospi = open({ onReadable() { this.close(); say(held ? "a frame in a pause" : "frame"); }, onStall(stall) { say(stall); } });
    await vospi.pause();
    vospi.start();
    Timer.set(() => { held = false; vospi.resume(); }, 100);
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("frame");
  expect(await script.ended).toBe(0);
});
