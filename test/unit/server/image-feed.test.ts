// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import { ImageFeed, type ImageOutlet } from "modules/server/image-feed";
import { VirtualTimers } from "../fakes/virtual-timers";
import { FakeFrames } from "../protocol/fakes";

/** Notes which frames were started, and lets a test decide what becomes of them. */
class FakeOutlet implements ImageOutlet {
  ready = true;
  refusal: string | undefined;
  closed = 0;
  readonly started: number[] = [];
  #done: ((delivered: boolean) => void) | undefined;

  start(frame: Frame, done: (delivered: boolean) => void): string | undefined {
    if (this.refusal !== undefined) return this.refusal;
    this.started.push(frame.sequence);
    this.#done = done;
    this.ready = false;
    return undefined;
  }
  close(): void {
    this.closed += 1;
  }
  finish(delivered: boolean): void {
    this.ready = true;
    this.#done?.(delivered);
  }
}

function makeFeed(): { frames: FakeFrames; timers: VirtualTimers; outlet: FakeOutlet; feed: ImageFeed } {
  const frames = new FakeFrames();
  const timers = new VirtualTimers();
  const outlet = new FakeOutlet();
  return { frames, timers, outlet, feed: new ImageFeed(frames, timers, outlet) };
}

test("the frame from before a request is too old for it, even if the outlet becomes ready later", () => {
  const { frames, outlet, feed } = makeFeed();
  frames.emit();
  feed.request(() => undefined);
  feed.resume();
  expect(outlet.started).toEqual([]);
  frames.emit();
  expect(outlet.started).toEqual([2]);
});

test("a stream whose outlet was busy continues at once with the newest frame", () => {
  const { frames, outlet, feed } = makeFeed();
  feed.startStream(0, 0);
  frames.emit();
  frames.emit();
  frames.emit();
  expect(outlet.started).toEqual([1]);
  outlet.finish(true);
  expect(outlet.started).toEqual([1, 3]);
});

test("a request whose outlet was busy is settled at once by the newest frame", () => {
  const { frames, outlet, feed } = makeFeed();
  const settle = jest.fn();
  feed.request(() => undefined);
  frames.emit();
  feed.request(settle);
  frames.emit();
  expect(settle).not.toHaveBeenCalled();
  outlet.finish(true);
  expect(outlet.started).toEqual([1, 2]);
  expect(settle).toHaveBeenCalledWith(undefined);
});

test("an image that could not be started, or was dropped, does not count as delivered", () => {
  const { frames, outlet, feed } = makeFeed();
  feed.startStream(0, 1);
  outlet.refusal = "no DMA channel";
  frames.emit();
  outlet.refusal = undefined;
  frames.emit();
  outlet.finish(false);
  expect(feed.streaming).toBe(true);
  frames.emit();
  outlet.finish(true);
  expect(outlet.started).toEqual([2, 3]);
  expect(feed.streaming).toBe(false);
});

test("the end of the session settles a waiting request and accepts no other", () => {
  const { frames, timers, outlet, feed } = makeFeed();
  const settle = jest.fn();
  feed.request(settle);
  feed.startStream(0, 0);
  feed.close();
  feed.close();
  expect(settle.mock.calls).toEqual([["the session has ended"]]);
  expect(outlet.closed).toBe(1);
  feed.startStream(0, 0);
  feed.request(settle);
  expect(settle.mock.calls).toEqual([["the session has ended"], ["the session has ended"]]);
  frames.emit();
  expect(outlet.started).toEqual([]);
  expect(frames.sinks.size).toBe(0);
  expect(timers.pending).toBe(0);
});
