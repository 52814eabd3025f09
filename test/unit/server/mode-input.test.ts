// SPDX-License-Identifier: Apache-2.0
import { selectedHardware } from "modules/server/mode-input";

/** A pin at a level; knows how it was opened, and whether it was closed. */
function pinAt(level: number) {
  const opened: object[] = [];
  let closed = 0;
  class Pin {
    static readonly Input = 0;
    static readonly InputPullUp = 1;
    constructor(options: { pin: number; mode: number }) {
      opened.push(options);
    }
    read(): number {
      return level;
    }
    close(): void {
      closed += 1;
    }
  }
  return { Pin, opened, closed: () => closed };
}

test.each([
  [0, true],
  [1, false],
])("level %i: hardware interface selected is %s, and the pin is closed", (level, selected) => {
  const { Pin, opened, closed } = pinAt(level);
  const entry = { mode: { io: Pin, pin: 32, pullUp: true } };
  expect(selectedHardware(entry)).toBe(selected ? entry : undefined);
  expect(opened).toEqual([{ pin: 32, mode: Pin.InputPullUp }]);
  expect(closed()).toBe(1);
});

test("a board without the entry uses WiFi", () => {
  expect(selectedHardware(undefined)).toBeUndefined();
});
