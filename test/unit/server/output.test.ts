// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import { Output } from "modules/server/output";
import type { Transport } from "modules/server/transport";
import { nodeText } from "../protocol/fakes";

const encode = (json: string): Uint8Array => nodeText.encode(`\x02${json}\x03`);

/** Keeps what it takes: as much as it has room for, nothing while it is blocked. */
class FakeTransport implements Transport {
  events: undefined;
  readonly drained = true;
  readonly ended = false;
  writable = 100;
  /** Writes find no room, whatever `writable` said. */
  blocked = false;
  sent = "";
  read(): number {
    return 0;
  }
  write(bytes: Uint8Array): boolean {
    if (this.blocked) {
      this.writable = 0;
      return false;
    }
    this.writable -= bytes.length;
    this.sent += Buffer.from(bytes).toString();
    return true;
  }
  readonly pumped = 0;
  #pump: { source: ByteSource; left: number; onDone: (written: number) => void; written: number } | undefined;
  pump(source: ByteSource, length: number, onDone: (written: number) => void): boolean {
    this.#pump = { source, left: length, onDone, written: 0 };
    const over = this.#pumpOn();
    if (over) this.#pump = undefined;
    return over;
  }
  /** There is room again: as a transport does, continues with the source first. */
  makeRoom(bytes: number): void {
    this.writable = bytes;
    const pump = this.#pump;
    if (!pump || !this.#pumpOn()) return;
    this.#pump = undefined;
    pump.onDone(pump.written);
  }
  #pumpOn(): boolean {
    const pump = this.#pump;
    if (!pump) return true;
    const part = new Uint8Array(Math.min(pump.left, this.writable));
    const count = part.length > 0 ? pump.source.read(part) : 0;
    if (count > 0) this.write(part.subarray(0, count));
    pump.left -= count;
    pump.written += count;
    return pump.left === 0 || count < part.length;
  }
  close(): void {}
}

function sourceOf(text: string): ByteSource {
  let at = 0;
  return {
    read: (target) => {
      const { written } = new TextEncoder().encodeInto(text.slice(at), target);
      at += written;
      return written;
    },
  };
}

test("a source that ends early breaks the output: nothing follows that a client would read as the rest of the message", () => {
  const transport = new FakeTransport();
  const onBroken = jest.fn();
  const output = new Output(transport, encode, onBroken);
  const onSent = jest.fn();
  transport.writable = 0;
  output.sendFrom(sourceOf("\x02half"), 9, onSent);
  output.send("{}");
  transport.makeRoom(100);
  expect(onBroken.mock.calls).toEqual([["an image ended 4 bytes early"]]);
  output.pump();
  expect(transport.sent).toBe("\x02half");
  expect(onSent).not.toHaveBeenCalled();
  expect([output.idle, output.backlog]).toEqual([true, 0]);
});

test("a message from a source starts only when the output is idle", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, encode, jest.fn());
  transport.writable = 0;
  output.send("{}");
  expect(() => output.sendFrom(sourceOf("x"), 1, jest.fn())).toThrow("a message is being sent");
});

test("a message that a write refuses is sent later, whole and once", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, encode, jest.fn());
  transport.blocked = true;
  output.send("{}");
  expect(output.backlog).toBe(4);
  transport.blocked = false;
  for (const room of [3, 100]) {
    transport.writable = room;
    output.pump();
  }
  expect(transport.sent).toBe("\x02{}\x03");
  expect([output.idle, output.backlog]).toEqual([true, 0]);
});

test("messages queued during a source follow it, and onSent comes with the last byte", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, encode, jest.fn());
  const onSent = jest.fn();
  transport.writable = 4;
  output.sendFrom(sourceOf("abcdefghijkl"), 12, onSent);
  output.send("after");
  output.pump();
  expect([transport.sent, output.idle, output.backlog]).toEqual(["abcd", false, 7]);
  transport.makeRoom(5);
  expect([transport.sent, onSent.mock.calls.length]).toEqual(["abcdefghi", 0]);
  transport.makeRoom(100);
  expect([transport.sent, onSent.mock.calls.length]).toEqual(["abcdefghijkl", 1]);
  output.pump();
  expect([transport.sent, output.idle]).toEqual(["abcdefghijkl\x02after\x03", true]);
});

test("a source that fits at once is sent within the call", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, encode, jest.fn());
  const onSent = jest.fn();
  output.sendFrom(sourceOf("abc"), 3, onSent);
  expect([transport.sent, onSent.mock.calls.length, output.idle]).toEqual(["abc", 1, true]);
});

test("a transport that sends no sources breaks the output", () => {
  const transport = new FakeTransport();
  const onBroken = jest.fn();
  transport.pump = () => {
    throw new Error("this transport sends no sources");
  };
  new Output(transport, encode, onBroken).sendFrom(sourceOf("abc"), 3, jest.fn());
  expect(onBroken.mock.calls).toEqual([["this transport sends no sources"]]);
});

test("clear also drops the source's message", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, encode, jest.fn());
  transport.writable = 0;
  const onSent = jest.fn();
  output.sendFrom(sourceOf("abcdef"), 6, onSent);
  output.clear();
  transport.makeRoom(100);
  expect([onSent.mock.calls.length, output.idle]).toEqual([0, true]);
});
