// SPDX-License-Identifier: Apache-2.0
import { ImageFeed, type ImageOutlet } from "modules/server/image-feed";
import { LinkLoad } from "modules/server/link-load";
import { VirtualTimers } from "../fakes/virtual-timers";
import { FakeFrames } from "../protocol/fakes";

class Outlet implements ImageOutlet {
  ready = true;
  start(): undefined {
    return undefined;
  }
  close(): void {
    this.ready = false;
  }
}

function rig(): { timers: VirtualTimers; frames: FakeFrames; load: LinkLoad; client(): [ImageFeed, Outlet] } {
  const timers = new VirtualTimers(5000);
  const frames = new FakeFrames();
  const load = new LinkLoad();
  const client = (): [ImageFeed, Outlet] => {
    const outlet = new Outlet();
    return [new ImageFeed(frames, timers, outlet, undefined, load), outlet];
  };
  return { timers, frames, load, client };
}

test("the link is short for a second after every streaming client has skipped a frame", async () => {
  const { timers, frames, load, client } = rig();
  const [first, firstOutlet] = client();
  const [second, secondOutlet] = client();
  expect(load.shortUntil).toBe(-Infinity);
  first.startStream(0, 0);
  second.startStream(0, 0);
  firstOutlet.ready = false;
  frames.emit();
  expect(load.shortUntil).toBe(-Infinity);
  await timers.advance(114);
  firstOutlet.ready = true;
  secondOutlet.ready = false;
  frames.emit();
  expect(load.shortUntil).toBe(6000);
  second.stopStream();
  expect(load.shortUntil).toBe(6000);
  first.stopStream();
  expect(load.shortUntil).toBe(-Infinity);
});

test("a client that is busy but wants no frame, or not this one, is not late", async () => {
  const { timers, frames, load, client } = rig();
  const [slow, slowOutlet] = client();
  slow.startStream(1000, 0);
  frames.emit();
  slowOutlet.ready = false;
  await timers.advance(500);
  frames.emit();
  expect(load.shortUntil).toBe(-Infinity);
  await timers.advance(500);
  frames.emit();
  expect(load.shortUntil).toBe(7000);
});

test("a new stream begins without the past of the last one, and a closed client counts no longer", () => {
  const { frames, load, client } = rig();
  const [feed, outlet] = client();
  feed.startStream(0, 0);
  outlet.ready = false;
  frames.emit();
  expect(load.shortUntil).toBe(6000);
  feed.stopStream();
  feed.startStream(0, 0);
  expect(load.shortUntil).toBe(-Infinity);
  frames.emit();
  feed.close();
  expect(load.shortUntil).toBe(-Infinity);
});
