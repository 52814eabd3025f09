// SPDX-License-Identifier: Apache-2.0
import { DeviceTimers } from "drivers/timers/device-timers";
import Time from "../fakes/time";
import Timer from "../fakes/timer";
import { VirtualTimers } from "../fakes/virtual-timers";

beforeEach(() => {
  Timer.virtual = new VirtualTimers();
  Time.offset = 0;
});

test("now() continues when the SDK's 32 bits of milliseconds wrap", async () => {
  Time.offset = 0x7fffffff - 10;
  const timers = new DeviceTimers();
  const start = timers.now();
  await Timer.virtual.advance(20);
  expect(Time.ticks).toBeLessThan(0);
  expect(timers.now() - start).toBe(20);
  for (let day = 0; day < 60; day++) {
    await Timer.virtual.advance(86_400_000);
    timers.now();
  }
  expect(timers.now() - start).toBe(20 + 60 * 86_400_000);
});

test("a timer runs once and not early, and can be cleared before and after", async () => {
  const timers = new DeviceTimers();
  const callback = jest.fn();
  const timer = timers.set(callback, 9.2);
  await Timer.virtual.advance(9);
  expect(callback).not.toHaveBeenCalled();
  await Timer.virtual.advance(1);
  expect(callback).toHaveBeenCalledTimes(1);
  expect(callback).toHaveBeenCalledWith();
  timers.clear(timer);
  timers.clear(timers.set(callback, 5));
  timers.clear(undefined);
  await Timer.virtual.advance(100);
  expect(callback).toHaveBeenCalledTimes(1);
});

test("a repeating timer runs until it is cleared", async () => {
  const timers = new DeviceTimers();
  const callback = jest.fn();
  const timer = timers.repeat(callback, 100);
  await Timer.virtual.advance(350);
  timers.clear(timer);
  await Timer.virtual.advance(350);
  expect(callback).toHaveBeenCalledTimes(3);
});

test("an interval of 0 is 1 ms: the SDK would run it once", async () => {
  const timers = new DeviceTimers();
  const callback = jest.fn();
  const timer = timers.repeat(callback, 0);
  await Timer.virtual.advance(5);
  expect(callback).toHaveBeenCalledTimes(5);
  timers.clear(timer);
});

test("a delay above the SDK's limit does not become a short one", async () => {
  const timers = new DeviceTimers();
  const callback = jest.fn();
  timers.set(callback, 2 ** 32 + 1);
  await Timer.virtual.advance(0x7ffffffe);
  expect(callback).not.toHaveBeenCalled();
});
