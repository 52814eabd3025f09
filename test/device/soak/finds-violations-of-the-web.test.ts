// SPDX-License-Identifier: Apache-2.0
import { checkPixels, fetchFile, parseAnswer, takeAnswer } from "../../soak/http";
import { LedTruth } from "../../soak/led-truth";
import { Events, Video, watchEvents, watchVideo } from "../../soak/streams";
import { Random } from "../../../simulator/lepton";
import { projectVersion } from "../../../simulator/board/version";
import { World } from "../../soak/world";
import { pass } from "../board-time";
import { boardTest, type BoardCamera } from "../camera/rig";
import { download } from "../web/files-rig";
import { wordsOf } from "../web/binary-image";

const worldOf = ({ virtual }: BoardCamera, seed = 1): World => new World(virtual, new Random(seed), projectVersion());
const SCENE = { scene: "counter" } as const;

boardTest(
  "a changed byte in each kind of file",
  async (camera) => {
    const { virtual } = camera;
    await virtual.waitForLog(/first frame/);
    const right = worldOf(camera);
    const paths = ["/image.tjsn", "/image.raw", "/image.npy", "/image.tiff", "/image.png16", "/snapshot.png"];
    for (const path of [...paths, "/image.csv", "/snapshot.jpg?palette=rainbow", "/", "/raw", "/api/v1/device"]) {
      await fetchFile(right, path);
      expect([path, right.violation]).toEqual([path, undefined]);
    }
    expect(right.counts.of("HTTP 200")).toBe(11);
    expect(right.counts.of("images")).toBe(5);
    for (const path of paths) {
      const body = await download(virtual, path);
      body.writeUInt8(body.readUInt8(body.length - 200) ^ 1, body.length - 200);
      const wrong = worldOf(camera);
      takeAnswer(wrong, path, { status: 200, body }, true);
      expect([path, wrong.violation?.message]).toEqual([path, expect.stringMatching(/\w/)]);
    }
  },
  SCENE,
);

boardTest(
  "a pixel of another frame, unless a fault replaces pixels",
  async (camera) => {
    const pixels = wordsOf(await download(camera.virtual, "/image.raw"));
    const torn = pixels.with(19_000, 1);
    const right = worldOf(camera);
    checkPixels(right, pixels);
    right.pixelsUncheckedUntil = right.now + 1_000;
    checkPixels(right, torn);
    expect(right.violation).toBeUndefined();
    const wrong = worldOf(camera);
    checkPixels(wrong, torn);
    expect(wrong.violation?.message).toMatch(/^torn image: row 118/);
  },
  SCENE,
);

test("a part of an answer is not a whole one", () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n";
  expect(parseAnswer(Buffer.from(`${head}abc`))).toEqual({ status: 200, body: Buffer.from("abc") });
  for (const text of ["", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n", head, `${head}ab`, `${head}abcd`])
    expect(parseAnswer(Buffer.from(text))).toBeUndefined();
});

boardTest("no answer counts as missing while the camera restarts its network", async (camera) => {
  const { board } = camera.virtual;
  const world = worldOf(camera);
  new LedTruth(world);
  await pass(camera.virtual, 30_000);
  expect(world.calmSince(world.now - 20_000)).toBe(true);
  await board.press(5_600);
  await camera.virtual.waitForLog(/WiFi reset: /);
  expect(world.calmSince(world.now - 20_000)).toBe(false);
  await pass(camera.virtual, 30_000);
  expect(world.calmSince(world.now - 20_000)).toBe(true);
});

boardTest("an answer that does not come, and one that reports an error of the camera", async (camera) => {
  const disturbed = worldOf(camera);
  takeAnswer(disturbed, "/raw", undefined, false);
  takeAnswer(disturbed, "/raw", { status: 503, body: Buffer.alloc(0) }, true);
  expect(disturbed.violation).toBeUndefined();
  const silent = worldOf(camera);
  takeAnswer(silent, "/raw", undefined, true);
  expect(silent.violation?.message).toBe("/raw: no whole answer in 60 s");
  const failed = worldOf(camera);
  takeAnswer(failed, "/raw", { status: 500, body: Buffer.from("no") }, true);
  expect(failed.violation?.message).toBe("/raw: 500 no");
});

boardTest(
  "pictures of a stream out of order, damaged, and without facts",
  async (camera) => {
    const jpeg = await download(camera.virtual, "/snapshot.jpg");
    const later = await download(camera.virtual, "/snapshot.jpg");
    const part = (bytes: Buffer): Buffer =>
      Buffer.concat([Buffer.from(`--frame\r\nContent-Length: ${bytes.length}\r\n\r\n`), bytes, Buffer.from("\r\n")]);
    const video = new Video(worldOf(camera));
    video.take(part(jpeg));
    video.take(part(later));
    expect(() => video.take(part(jpeg))).toThrow(/^picture \d+ after \d+$/);
    const other = new Video(worldOf(camera));
    expect(() => other.take(part(jpeg.subarray(0, -1)))).toThrow("no whole JPEG");
    expect(() => other.take(Buffer.from("frame\r\n"))).toThrow("wrong boundary");
  },
  SCENE,
);

boardTest(
  "streams of a camera that does nothing wrong are followed without a violation",
  async (camera) => {
    const world = worldOf(camera);
    new LedTruth(world);
    await camera.virtual.waitForLog(/first frame/);
    await Promise.all([watchVideo(world), watchEvents(world)]);
    expect(world.violation).toBeUndefined();
    expect(world.counts.of("JPEG pictures")).toBeGreaterThan(0);
    expect(world.counts.of("streams /api/v1/events")).toBe(1);
  },
  SCENE,
);

boardTest("events that differ from the log, and bytes that are no events", async (camera) => {
  const world = worldOf(camera);
  const event = (faults: number[]): Buffer =>
    Buffer.from(`:\n\nevent: faults\ndata: ${JSON.stringify(faults.map((fault) => ({ fault })))}\n\n`);
  await pass(camera.virtual, 15_000);
  const events = new Events(world);
  world.faults.add(7).add(4);
  events.take(event([4, 7]).subarray(0, 30));
  events.take(event([4, 7]).subarray(30));
  events.look();
  expect(world.counts.of("events compared with the log")).toBe(1);
  expect(world.violation).toBeUndefined();
  world.faults.delete(7);
  world.changed = world.now;
  events.look();
  expect(world.violation).toBeUndefined();
  await pass(camera.virtual, 15_000);
  events.look();
  expect(world.violation?.message).toBe("the last event has the faults 4,7, the log 4");
  expect(() => events.take(Buffer.from("event: other\ndata: {}\n\n"))).toThrow("no event: event: other");
});
