// SPDX-License-Identifier: Apache-2.0
import type { ByteSource } from "drivers/bytes/byte-source";
import { Output } from "modules/server/output";
import type { Transport } from "modules/server/transport";
import { nodeText } from "../protocol/fakes";

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
  const output = new Output(transport, nodeText, new Uint8Array(16), onBroken);
  const onSent = jest.fn();
  transport.writable = 0;
  output.sendFrom(sourceOf("\x02half"), 9, onSent);
  output.send("{}");
  transport.writable = 100;
  output.pump();
  expect(onBroken.mock.calls).toEqual([["an image ended 4 bytes early"]]);
  output.pump();
  expect(transport.sent).toBe("\x02half");
  expect(onSent).not.toHaveBeenCalled();
  expect([output.idle, output.backlog]).toEqual([true, 0]);
});

test("a message from a source starts only when the output is idle", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, nodeText, new Uint8Array(16), jest.fn());
  transport.writable = 0;
  output.send("{}");
  expect(() => output.sendFrom(sourceOf("x"), 1, jest.fn())).toThrow("a message is being sent");
});

test("a message that a write refuses is sent later, whole and once", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, nodeText, new Uint8Array(16), jest.fn());
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

test("a part that a write refuses is kept, although others use the scratch buffer meanwhile", () => {
  const transport = new FakeTransport();
  const scratch = new Uint8Array(6);
  const output = new Output(transport, nodeText, scratch, jest.fn());
  const onSent = jest.fn();
  transport.blocked = true;
  output.sendFrom(sourceOf("abcdefghijkl"), 12, onSent);
  scratch.fill(0x78);
  output.send("after");
  transport.writable = 100;
  output.pump(); // blocked again
  transport.blocked = false;
  for (const [room, sent] of [
    [4, "abcd"],
    [5, "abcdefghi"],
    [2, "abcdefghijk"],
  ] as const) {
    transport.writable = room;
    output.pump();
    expect(transport.sent).toBe(sent);
  }
  expect(onSent).not.toHaveBeenCalled();
  transport.writable = 100;
  output.pump();
  expect(transport.sent).toBe("abcdefghijkl\x02after\x03");
  expect(onSent).toHaveBeenCalledTimes(1);
});

test("clear also drops a part that waits", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, nodeText, new Uint8Array(6), jest.fn());
  transport.blocked = true;
  output.sendFrom(sourceOf("abcdef"), 6, jest.fn());
  output.clear();
  transport.blocked = false;
  transport.writable = 100;
  output.sendFrom(sourceOf("uvwxyz"), 6, jest.fn());
  expect(transport.sent).toBe("uvwxyz");
});
