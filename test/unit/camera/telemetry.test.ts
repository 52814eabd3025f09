// SPDX-License-Identifier: Apache-2.0
import {
  FFCState,
  ffcState,
  isAGCEnabled,
  isShutterLockedOut,
  isTLinearEnabled,
  timeCounter,
} from "modules/camera/telemetry";
import { FakeFrame } from "../fakes/fake-frame";

test.each([0, 1, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff])(
  "the Lepton's clock is unsigned: %i is read as written",
  (counter) => {
    expect(timeCounter(new FakeFrame({ counter }))).toBe(counter);
  },
);

test.each(Object.values(FFCState))("FFC state %i is read, and changes no other bit", (ffc) => {
  const frame = new FakeFrame({ ffc });
  expect(ffcState(frame)).toBe(ffc);
  expect([isAGCEnabled(frame), isShutterLockedOut(frame), isTLinearEnabled(frame)]).toEqual([false, false, true]);
});

test.each([
  [{ agc: true, tlinear: false, lockedOut: false }],
  [{ agc: false, tlinear: false, lockedOut: true }],
  [{ agc: false, tlinear: true, lockedOut: false }],
])("each bit of the status is its own: %j", (facts) => {
  const frame = new FakeFrame(facts);
  expect({ agc: isAGCEnabled(frame), tlinear: isTLinearEnabled(frame), lockedOut: isShutterLockedOut(frame) }).toEqual(
    facts,
  );
});
