// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("invalid options throw with the expected value", async () => {
  const board = await boardWith(new FakeSensor(0));
  const script = run(
    `${OPEN}
    const spi = { clock: 5, in: 19, select: 12, hz: 16000000, mode: 3 };
    for (const options of [{ spi: { ...spi, hz: 25000000 } }, { spi: { ...spi, mode: 0 } }, { spi: { ...spi, clock: undefined } },
      { vsync: 40 }, { slots: 1 }, { slots: 17 }, { slots: 2.5 }, { onReadable: 1 }, { onStall: undefined }, { spi: undefined }])
      say(fails(() => open(options)));
    say(fails(() => new VoSPI()));
    `,
    { env: board.env },
  );
  for (const line of [
    "RangeError: spi.hz: expected 1 to 20000000",
    "RangeError: spi.mode: expected 3 to 3",
    "RangeError: spi.clock: expected 0 to 39",
    "RangeError: vsync: expected 0 to 39",
    "RangeError: slots: expected 2 to 16",
    "RangeError: slots: expected 2 to 16",
    "RangeError: slots: expected 2 to 16",
    "TypeError: onReadable: expected a function",
    "TypeError: onStall: expected a function",
  ])
    expect(await script.line()).toContain(line);
  expect(await script.line()).toContain("TypeError");
  expect(await script.line()).toContain("TypeError: options: expected an object");
  expect(await script.ended).toBe(0);
  expect(board.openings).toEqual([]);
});
