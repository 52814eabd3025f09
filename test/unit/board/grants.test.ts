// SPDX-License-Identifier: Apache-2.0
/** Grants of time in lock-step: segments that the firmware gets in advance (docs/board-link.md). */
import { once } from "node:events";
import { connect } from "node:net";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { encodeMessage, FRAME_HEADER, FrameReader, writeFrameHeader } from "../../../simulator/board/messages";
import { GPIO_MODE_VSYNC } from "../../../simulator/lepton/commands-oem";
import { FakeRun, makeBench } from "./fixture";

const NO_TIMER = 0xffff_ffff_ffff_ffffn;
const SPI = 1;
const OPENING = '{"open":"spi","clock":5,"in":19,"select":12,"vsync":13,"hz":16000000,"mode":3}';
const SEGMENT = 60 * 164;
/** Board milliseconds: the part boots, and sends video. */
const BOOT = 2_000;
const VIDEO = 1_000;

class LockStepRun extends FakeRun {
  override readonly lockStep = true;
}

/** A message of the board and when it came, in microseconds. */
type Received = readonly [time: number, checksum: number];

interface Frame {
  readonly at: number;
  readonly bytes: Buffer;
}

/** The frames of a `G`, as the table in docs/board-link.md describes them. */
function decodeGrant(payload: Buffer): Frame[] {
  const frames: Frame[] = [];
  let offset = 16;
  while (offset < payload.length) {
    const at = Number(payload.readBigUInt64LE(offset));
    const like = payload.readUInt16LE(offset + 10);
    const length = payload.readUInt32LE(offset + 12);
    offset += 16;
    if (like === 0xffff) {
      frames.push({ at, bytes: payload.subarray(offset, offset + length) });
      offset += length;
      continue;
    }
    const bytes = Buffer.from(frames[like]?.bytes ?? Buffer.alloc(0));
    const changes = payload.readUInt16LE(offset);
    offset += 2;
    for (let i = 0; i < changes; i++) {
      const size = payload.readUInt16LE(offset + 4);
      payload.copy(bytes, payload.readUInt32LE(offset), offset + 6, offset + 6 + size);
      offset += 6 + size;
    }
    frames.push({ at, bytes });
  }
  return frames;
}

function frame(kind: string, channel: number, payload: Uint8Array): Buffer {
  const header = Buffer.alloc(FRAME_HEADER);
  writeFrameHeader(header, 0, kind, channel, payload.length);
  return Buffer.concat([header, payload]);
}

interface Run {
  readonly messages: Received[];
  readonly grants: number;
  /** Grants that came with another frame before them. */
  readonly accompanied: number;
}

/**
 * Runs a board with a firmware that reads each segment, and takes of each grant as many frames as `take` says.
 * @param grants false: the board gives none
 */
async function run(take: (offered: number) => number, grants = true): Promise<Run> {
  const bench = await makeBench({ speed: "stepped", launch: (print) => new LockStepRun(print) });
  const { board } = bench;
  board.pacer.firmware.grants = grants;
  const socket = connect(bench.socket);
  const messages: Received[] = [];
  let [count, time, given, accompanied] = [0, 0, 0, 0];
  /** Frames of the piece that is being read. */
  let frames = 0;
  const note = (at: number, bytes: Buffer): void => void messages.push([at, crc32(bytes)]);
  const idle = (): Buffer => {
    const payload = Buffer.alloc(12);
    payload.writeUInt32LE(count, 0);
    payload.writeBigUInt64LE(NO_TIMER, 4);
    return frame("I", 0, payload);
  };
  const takeGrant = (payload: Buffer): void => {
    given += 1;
    if (frames > 1) accompanied += 1;
    time = Number(payload.readBigUInt64LE(0));
    const offered = decodeGrant(payload);
    const taken = offered.slice(0, take(offered.length));
    for (const { at, bytes } of taken) note((time = at), bytes);
    const ahead = Buffer.alloc(12);
    ahead.writeBigUInt64LE(BigInt(time), 0);
    ahead.writeUInt32LE(taken.length, 8);
    socket.write(frame("T", 0, ahead));
  };
  const reader = new FrameReader((kind, channel, payload) => {
    count += 1;
    frames += 1;
    if (kind === "T") time = Number(payload.readBigUInt64LE(0));
    else if (kind === "G") takeGrant(payload);
    else if (channel === SPI) note(time, payload);
  });
  let opening = true;
  socket.on("data", (bytes) => {
    frames = 0;
    reader.push(opening ? bytes.subarray(bytes.indexOf(10) + 1) : bytes);
    opening = false;
    socket.write(idle());
  });
  try {
    socket.write('{"open":"lock-step"}\n');
    await once(socket, "data");
    await board.pacer.advance(BOOT);
    board.lepton.settings.gpioMode = GPIO_MODE_VSYNC;
    const armed = Buffer.alloc(4);
    armed.writeUInt32LE(SEGMENT);
    const open = [frame("O", SPI, Buffer.from(OPENING)), frame("D", SPI, encodeMessage("A", armed))];
    socket.write(Buffer.concat([...open, idle()]));
    await once(socket, "data"); // the channel is open
    await board.pacer.advance(VIDEO);
    return { messages, grants: given, accompanied };
  } finally {
    socket.destroy();
    await bench.close();
  }
}

test("without grants the segments come one by one", async () => {
  const { messages, grants } = await run((offered) => offered, false);
  expect(grants).toBe(0);
  expect(messages.length).toBeGreaterThan(100);
});

test("the firmware gets the same messages at the same times, however much it takes of each grant", async () => {
  const { messages } = await run((offered) => offered, false);
  await fc.assert(
    fc.asyncProperty(fc.infiniteStream(fc.nat({ max: 12 })), async (stream) => {
      const taken = await run((offered) => Math.min(offered, stream.next().value as number));
      expect(taken.grants).toBeGreaterThan(10);
      expect(taken.messages).toEqual(messages);
      // A time before it could arrive alone, and the firmware would not wait for the grant.
      expect(taken.accompanied).toBe(0);
    }),
    { numRuns: 5 },
  );
});

test("a firmware that takes everything gets about one message a frame", async () => {
  const { grants, messages } = await run((offered) => offered);
  expect(messages.length / grants).toBeGreaterThan(10);
});
