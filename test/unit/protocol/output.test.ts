// SPDX-License-Identifier: Apache-2.0
import { Output, type PacketSource } from "modules/protocol/output";
import type { Transport } from "modules/protocol/transport";
import { nodeText } from "./fakes";

/** Takes everything at once, and keeps it. */
class FakeTransport implements Transport {
  events: undefined;
  readonly readable = 0;
  readonly drained = true;
  writable = 100;
  sent = "";
  read(): number {
    return 0;
  }
  write(bytes: Uint8Array): void {
    this.sent += Buffer.from(bytes).toString();
  }
  close(): void {}
}

function sourceOf(...pieces: string[]): PacketSource {
  return { read: (target) => new TextEncoder().encodeInto(pieces.shift() ?? "", target).written };
}

test("a packet that ends early breaks the output: nothing follows that a client would take for its rest", () => {
  const transport = new FakeTransport();
  const onBroken = jest.fn();
  const output = new Output(transport, nodeText, new Uint8Array(16), onBroken);
  const onSent = jest.fn();
  transport.writable = 0;
  output.stream(sourceOf("\x02half"), 9, onSent);
  output.send("{}");
  transport.writable = 100;
  output.pump();
  expect(onBroken.mock.calls).toEqual([["an image ended 4 bytes early"]]);
  output.pump();
  expect(transport.sent).toBe("\x02half");
  expect(onSent).not.toHaveBeenCalled();
  expect([output.idle, output.backlog]).toEqual([true, 0]);
});

test("a packet made piece by piece is only begun when nothing else is under way", () => {
  const transport = new FakeTransport();
  const output = new Output(transport, nodeText, new Uint8Array(16), jest.fn());
  transport.writable = 0;
  output.send("{}");
  expect(() => output.stream(sourceOf("x"), 1, jest.fn())).toThrow("a packet is under way");
});
