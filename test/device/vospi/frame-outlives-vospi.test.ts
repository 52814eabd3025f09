// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("a frame stays readable after its VoSPI is closed, until it is closed itself; both can be closed twice", async () => {
  const board = await boardWith(new FakeSensor(3));
  const script = run(
    `${OPEN}
    const vospi = open({ onReadable() {
      const frame = vospi.read();
      vospi.close();
      vospi.close();
      say(frame.telemetry(20) === frame.sequence, frame.telemetry(80));
      frame.close();
      frame.close();
      say(fails(() => frame.telemetry(20)));
      say(fails(() => frame.captured));
      say(fails(() => vospi.read()));
      say(fails(() => vospi.start()));
    } });
    vospi.start();
    `,
    { env: board.env },
  );
  for (const line of [
    "true 80",
    "TypeError: frame is closed",
    "TypeError: frame is closed",
    "TypeError: VoSPI is closed",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.line()).toBe("TypeError: VoSPI is closed");
  expect(await script.ended).toBe(0);
});
