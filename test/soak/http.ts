// SPDX-License-Identifier: Apache-2.0
/** Clients of a soak that request pictures, files and JSON over HTTP: each request has one whole and right answer. */
import { gunzipSync } from "node:zlib";
import { PNG } from "pngjs";
import { checkCounterImage } from "../../simulator/lepton/scene/counter";
import { ThermalImage } from "../../tools/tcam/image";
import { wordsOf } from "../device/web/binary-image";
import { commentOf } from "../device/web/files-rig";
import { checkPicture } from "./client";
import type { World } from "./world";

const PIXELS = 160 * 120;
/** Milliseconds of board time. */
const LIMIT = 60_000;
/** A network that was just disturbed has settled by then. */
const SETTLED = 20_000;
/** 409: a frame with AGC has no temperatures. 503: no frame, or too many clients. */
const STATUSES = [200, 409, 503];

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Head and body of a whole answer; undefined for a part of one. */
export function parseAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end);
  const length = Number(/^content-length: (\d+)/im.exec(head)?.[1]);
  const body = bytes.subarray(end + 4);
  if (body.length !== length) return undefined;
  return { status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]), body };
}

/** @returns undefined when no whole answer came */
export async function get(world: World, path: string): Promise<Answer | undefined> {
  const socket = world.camera.connect(80);
  const cancel = world.later(LIMIT, () => socket.destroy());
  const parts: Buffer[] = [];
  socket.on("error", () => undefined).on("data", (part: Buffer) => parts.push(part));
  socket.once("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`));
  await new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
  cancel();
  socket.destroy();
  return parseAnswer(Buffer.concat(parts));
}

/** Checks pixels that come without telemetry. */
export function checkPixels(world: World, words: Uint16Array): void {
  world.received(Buffer.from(words.buffer, words.byteOffset, words.byteLength));
  if (world.now < world.pixelsUncheckedUntil) return world.counts.add("images, pixels not checked");
  world.counts.add("images");
  const radiometric = checkCounterImage(words);
  if (!radiometric.whole && !checkCounterImage(words, true).whole) world.violated(`torn image: ${radiometric.error}`);
}

/** Values of the first strip of a little-endian TIFF. */
function wordsOfTiff(bytes: Buffer): Uint16Array {
  const directory = bytes.readUInt32LE(4);
  for (let i = 0; i < bytes.readUInt16LE(directory); i++) {
    const entry = directory + 2 + 12 * i;
    if (bytes.readUInt16LE(entry) !== 273) continue;
    const strip = bytes.readUInt32LE(entry + 8);
    return wordsOf(bytes.subarray(strip, strip + 2 * PIXELS));
  }
  throw new Error("no StripOffsets");
}

function wordsOfPng16(bytes: Buffer): Uint16Array {
  const { data } = PNG.sync.read(bytes, { skipRescale: true });
  // Red, green, blue and alpha of each pixel.
  return Uint16Array.from({ length: PIXELS }, (_, i) => data[4 * i] as number);
}

function expectSize(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new Error(`${actual} ${what} in place of ${expected}`);
}

/** @throws Error for bytes that are no picture, or one without its facts */
export function checkJpeg(world: World, jpeg: Buffer): void {
  world.counts.add("JPEG pictures");
  world.received(jpeg);
  if (jpeg.readUInt16BE(0) !== 0xffd8 || jpeg.readUInt16BE(jpeg.length - 2) !== 0xffd9)
    throw new Error("no whole JPEG");
  if (typeof commentOf(jpeg)["sequence"] !== "number") throw new Error("a JPEG without a sequence number");
}

type Check = (world: World, body: Buffer) => void;

const json: Check = (_, body) => void JSON.parse(body.toString());

const FILES: Readonly<Record<string, Check>> = {
  // The checksum of gzip.
  "/": (_, body) => void gunzipSync(body),
  "/image.tjsn": (world, body) => checkPicture(world, new ThermalImage(body.toString())),
  "/image.raw": (world, body) => checkPixels(world, wordsOf(body)),
  "/image.npy": (world, body) => checkPixels(world, wordsOf(body.subarray(10 + body.readUInt16LE(8)))),
  "/image.tiff": (world, body) => checkPixels(world, wordsOfTiff(body)),
  "/image.png16": (world, body) => checkPixels(world, wordsOfPng16(body)),
  "/image.csv": (_, body) => expectSize("values", body.toString().trim().split(/[\n,]/).length, PIXELS),
  "/snapshot.jpg?palette=rainbow": checkJpeg,
  "/snapshot.jpg?scale=2&quality=50": checkJpeg,
  "/snapshot.png": (_, body) => expectSize("bytes", PNG.sync.read(body).data.length, 4 * PIXELS),
  "/raw": json,
  "/api/v1/device": json,
  "/api/v1/thermal": json,
  "/api/v1/config": json,
  "/api/v1/wifi": json,
  "/api/v1/openapi.json": (world, body) => json(world, gunzipSync(body)),
};

/** Requests one file. Its pixels are checked where they are the sensor's. */
export async function fetchFile(world: World, path = world.oneOf(Object.keys(FILES))): Promise<void> {
  const start = world.now;
  const calm = world.calmSince(start - SETTLED) && world.reachable;
  takeAnswer(world, path, await get(world, path), calm && world.calmSince(start - SETTLED));
}

/** @param calm nothing has happened that may have ended the connection */
export function takeAnswer(world: World, path: string, answer: Answer | undefined, calm: boolean): void {
  if (!answer) {
    world.counts.add("HTTP requests without a whole answer");
    if (calm) world.violated(`${path}: no whole answer in ${LIMIT / 1_000} s`);
    return;
  }
  world.counts.add(`HTTP ${answer.status}`);
  if (!STATUSES.includes(answer.status)) return world.violated(`${path}: ${answer.status} ${answer.body.toString()}`);
  if (answer.status !== 200) return;
  try {
    FILES[path]?.(world, answer.body);
  } catch (error) {
    world.violated(`${path}: ${(error as Error).message}`);
  }
}
