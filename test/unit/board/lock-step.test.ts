// SPDX-License-Identifier: Apache-2.0
/** The board's end of lock-step over a real socket; docs/board-link.md is the specification. */
import { connect, type Socket } from "node:net";
import { FRAME_HEADER, FrameReader, writeFrameHeader } from "../../../simulator/board/messages";
import { type Bench, FakeRun, makeBench, settle } from "./fixture";

const NO_TIMER = 0xffff_ffff_ffff_ffffn;

class LockStepRun extends FakeRun {
  override readonly lockStep = true;
}

/** A firmware in lock-step, played by the test. */
class Firmware {
  /** Frames received: kind, channel, and the payload as text, or as the number of microseconds. */
  readonly frames: [string, number, string | number][] = [];
  readonly #socket: Socket;
  closed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("close", () => (this.closed = true));
    const reader = new FrameReader((kind, channel, payload) =>
      this.frames.push([kind, channel, kind === "T" ? Number(payload.readBigUInt64LE(0)) : payload.toString("latin1")]),
    );
    let opening = true;
    socket.on("data", (bytes) => {
      reader.push(opening ? bytes.subarray(bytes.indexOf(10) + 1) : bytes);
      opening = false;
    });
  }

  static async start(path: string): Promise<Firmware> {
    const socket = connect(path);
    const firmware = new Firmware(socket);
    socket.write('{"open":"lock-step"}\n');
    await settle();
    return firmware;
  }

  async send(kind: string, channel: number, payload: Uint8Array | string = ""): Promise<void> {
    const bytes = Buffer.from(payload as string);
    const header = Buffer.alloc(FRAME_HEADER);
    writeFrameHeader(header, 0, kind, channel, bytes.length);
    this.#socket.write(Buffer.concat([header, bytes]));
    await settle();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Opens the channel of pin 0, and has its answer. */
  async open(channel: number): Promise<void> {
    await this.send("O", channel, '{"open":"digital","pin":0,"mode":"pull-up"}');
    await this.idle();
  }

  /** Gives the clock to the board. @param next µs of the next timer @param taken frames, if not all */
  idle(next?: number, taken = this.frames.length): Promise<void> {
    const payload = Buffer.alloc(12);
    payload.writeUInt32LE(taken, 0);
    payload.writeBigUInt64LE(next === undefined ? NO_TIMER : BigInt(next), 4);
    return this.send("I", 0, payload);
  }
}

let bench: Bench;
let run: LockStepRun;
let firmware: Firmware;
beforeEach(async () => {
  bench = await makeBench({ speed: "stepped", launch: (print) => (run = new LockStepRun(print)) });
  bench.board.lepton.power(false); // its segments are events, too
  firmware = await Firmware.start(bench.socket);
});
afterEach(() => bench.close());

/** Advances, as far as the firmware lets it. @returns whether the whole step is over */
async function advance(ms: number): Promise<() => boolean> {
  let over = false;
  void bench.board.pacer.advance(ms).then(() => (over = true));
  await settle();
  return () => over;
}

test("the opening is followed by the time, and time stands still until the firmware waits", async () => {
  expect(firmware.frames).toEqual([["T", 0, 0]]);
  const over = await advance(10);
  expect(bench.board.clock.now()).toBe(0);
  await firmware.idle();
  expect(over()).toBe(true);
  expect(bench.board.clock.now()).toBe(10_000);
});

test("the firmware is woken at its timer's time, and gets the clock with it", async () => {
  await firmware.idle(4_000);
  const over = await advance(10);
  expect(firmware.frames.slice(1)).toEqual([["T", 0, 4_000]]);
  expect(bench.board.clock.now()).toBe(4_000);
  expect(over()).toBe(false);
  await firmware.idle(20_000);
  expect(over()).toBe(true);
});

test("an idle message that does not know of a frame on its way is obsolete", async () => {
  await firmware.open(1);
  expect(firmware.frames.at(-1)).toEqual(["D", 1, '{"ok":true,"level":1}\n']);
  const over = await advance(10);
  expect(over()).toBe(false);
  await firmware.idle(undefined, firmware.frames.length - 1);
  expect(over()).toBe(false);
  await firmware.idle();
  expect(over()).toBe(true);
});

test("a claim is answered by the time, and holds the clock", async () => {
  await firmware.idle();
  await advance(3);
  await firmware.send("W", 0);
  expect(firmware.frames.slice(1)).toEqual([["T", 0, 3_000]]);
  expect((await advance(1))()).toBe(false);
});

test("time comes before what happens at it", async () => {
  await firmware.open(7);
  await firmware.idle();
  await advance(5);
  bench.board.buttonDown = true;
  await settle();
  expect(firmware.frames.slice(-2)).toEqual([
    ["T", 0, 5_000],
    ["D", 7, "\x01\x00\x00\x00L\x00"],
  ]);
});

test("while it stalls nothing reaches the firmware and time passes; afterwards everything comes", async () => {
  await firmware.open(7);
  await firmware.idle(2_000);
  bench.board.firmwareStalls(10);
  const before = firmware.frames.length;
  const over = await advance(9);
  bench.board.buttonDown = true;
  await settle();
  expect(over()).toBe(true);
  expect(firmware.frames).toHaveLength(before);
  await advance(1);
  expect(firmware.frames.slice(before).map(([kind, , value]) => [kind, value])).toEqual([
    ["T", 10_000],
    ["D", "\x01\x00\x00\x00L\x00"],
  ]);
});

test("a closed channel gets nothing more, and its peripheral can be opened again", async () => {
  await firmware.open(1);
  await firmware.send("C", 1);
  await firmware.open(2);
  expect(firmware.frames.at(-1)).toEqual(["D", 2, '{"ok":true,"level":1}\n']);
  await firmware.open(3);
  expect(firmware.frames.slice(-2)).toEqual([
    ["D", 3, '{"error":"pin 0 is in use"}\n'],
    ["C", 3, ""],
  ]);
});

test.each([
  ["an unknown frame", "Q", 1],
  ["an unknown frame of the clock", "Q", 0],
])("%s ends the connection", async (_, kind, channel) => {
  await firmware.send(kind, channel);
  expect(firmware.closed).toBe(true);
  expect(bench.board.journal.since().some(({ text }) => text.startsWith("lock-step: "))).toBe(true);
});

test("what the firmware prints is in the journal, at the board's time", async () => {
  await firmware.idle();
  await advance(7);
  await firmware.send("L", 0, "I (7) main: a line\n");
  await firmware.idle();
  expect(bench.board.journal.since().at(-1)).toMatchObject({ board: 7, part: "main", text: "a line" });
});

test("what the firmware sends takes effect in one piece when it gives the clock back, in however many it comes", async () => {
  await firmware.send("O", 7, '{"open":"digital","pin":0,"mode":"pull-up"}');
  expect(firmware.frames).toHaveLength(1);
  await firmware.idle();
  expect(firmware.frames.at(-1)).toEqual(["D", 7, '{"ok":true,"level":1}\n']);
});

test("what it had sent when its connection ended has its effect", async () => {
  await firmware.send("L", 0, "E (0) main: the last words\n");
  firmware.close();
  await settle();
  expect(bench.board.journal.since().at(-1)).toMatchObject({ part: "main", text: "the last words" });
});

test("a firmware that hangs has printed what it sent before, and is heard at once from then on", async () => {
  await firmware.send("L", 0, "I (0) main: the loop begins\n");
  const heard = (text: string): boolean => bench.board.journal.since().some((line) => line.text === text);
  expect(heard("the loop begins")).toBe(false);
  run.cpu = 0;
  bench.time.pass(1_000);
  run.cpu = 6;
  bench.time.pass(1_000);
  expect(heard("the loop begins")).toBe(true);
  await firmware.send("L", 0, "I (0) main: still here\n");
  expect(heard("still here")).toBe(true);
});

/** Lets the turns end in which board time stands still. */
async function reactions(): Promise<void> {
  for (let i = 0; i < 5; i++) {
    bench.time.pass(0);
    await settle();
  }
}

test("power that returns starts the firmware at its board time, however much time may pass at once", async () => {
  const { board } = bench;
  board.restoreAfter = 20;
  board.clock.alarm(5_000, () => board.cut.onCut("flash"));
  await firmware.idle();
  await advance(1_000);
  await reactions();
  const starts = board.journal.since().filter(({ text }) => text.startsWith("start ("));
  expect(starts.map((line) => line.board)).toEqual([0, 25]);
});

test("a test goes on at the board time at which the firmware has ended", async () => {
  const { board } = bench;
  let ended: number | undefined;
  board.clock.alarm(5_000, () => void board.powerOff().then(() => (ended = board.clock.now())));
  await firmware.idle();
  await advance(1_000);
  await reactions();
  expect(ended).toBe(5_000);
});

test("an error in a turn ends the connection with one line, and the rest of the turn is dropped", async () => {
  const open = '{"open":"digital","pin":0,"mode":"pull-up"}';
  for (const channel of [1, 1, 2]) await firmware.send("O", channel, open);
  await firmware.idle();
  expect(firmware.closed).toBe(true);
  const lines = bench.board.journal.since().filter(({ text }) => text.startsWith("lock-step: "));
  expect(lines.map(({ text }) => text)).toEqual(["lock-step: channel 1 is open; the connection is closed"]);
});

test("a power cut drops what the firmware has sent in an unfinished turn", async () => {
  await firmware.send("L", 0, "I (0) main: never said\n");
  await bench.board.powerOff();
  await settle();
  expect(bench.board.journal.since().some(({ text }) => text === "never said")).toBe(false);
});

test("without the clock the firmware is heard at once", async () => {
  await firmware.idle();
  await firmware.send("L", 0, "W (0) main: woken by a signal\n");
  expect(bench.board.journal.since().at(-1)).toMatchObject({ text: "woken by a signal" });
});
