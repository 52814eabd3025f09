// SPDX-License-Identifier: Apache-2.0
import { StreamTransport, type StreamCallbacks, type TransportEvents } from "modules/protocol/transport";
import { drain } from "../fakes/virtual-timers";

/** A stream whose read and write fail when told to. */
function makeStream(): {
  transport: StreamTransport;
  callbacks: StreamCallbacks;
  io: { read: jest.Mock; write: jest.Mock; close: jest.Mock };
  events: { [name in keyof TransportEvents]: jest.Mock };
} {
  const io = { read: jest.fn(), write: jest.fn(), close: jest.fn() };
  const events = { onReadable: jest.fn(), onWritable: jest.fn(), onClosed: jest.fn() };
  let callbacks: StreamCallbacks | undefined;
  const transport = new StreamTransport((given) => {
    callbacks = given;
    return io;
  });
  if (!callbacks) throw new Error("the stream was not opened");
  transport.events = events;
  return { transport, callbacks, io, events };
}

const broken = (): never => {
  throw new Error("not ready");
};

test("no more is read and written than the stream has said there is", () => {
  const { transport, callbacks, io } = makeStream();
  callbacks.onReadable(3);
  callbacks.onWritable(10);
  expect(transport.read(new Uint8Array(8))).toBe(3);
  expect(io.read.mock.calls[0]?.[0]).toHaveLength(3);
  expect(transport.read(new Uint8Array(8))).toBe(0);
  transport.write(new Uint8Array(7));
  expect(transport.writable).toBe(3);
  expect(() => transport.write(new Uint8Array(4))).toThrow("4 bytes written where 3 fit");
});

test("what was written has left when the stream takes again as much as it ever took, not before", () => {
  const { transport, callbacks } = makeStream();
  callbacks.onWritable(10);
  expect(transport.drained).toBe(true);
  transport.write(new Uint8Array(10));
  callbacks.onWritable(4);
  expect(transport.drained).toBe(false);
  callbacks.onWritable(10);
  expect(transport.drained).toBe(true);
});

test.each(["read", "write"] as const)(
  "a %s that finds the stream broken is told once, after what is being done",
  async (what) => {
    const { transport, callbacks, io, events } = makeStream();
    callbacks.onWritable(10);
    callbacks.onReadable(what === "read" ? 3 : 0);
    io[what].mockImplementation(broken);
    if (what === "read") expect(transport.read(new Uint8Array(3))).toBe(0);
    else transport.write(new Uint8Array(3));
    expect(io.close).toHaveBeenCalledTimes(1);
    expect(events.onClosed).not.toHaveBeenCalled();
    await drain();
    callbacks.onError();
    callbacks.onReadable(5);
    callbacks.onWritable(5);
    expect([events.onClosed, events.onReadable, events.onWritable].map((event) => event.mock.calls.length)).toEqual([
      1, 1, 1,
    ]);
  },
);

test("a peer that takes nothing any more is still read, and its end is told when the stream tells it", async () => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onWritable(10);
  callbacks.onReadable(3);
  transport.write(new Uint8Array(4));
  expect(transport.drained).toBe(false);
  io.write.mockImplementation(broken);
  transport.write(new Uint8Array(3));
  transport.write(new Uint8Array(3));
  await drain();
  expect(io.write).toHaveBeenCalledTimes(2);
  expect(io.close).not.toHaveBeenCalled();
  expect(transport.drained).toBe(true);
  expect(transport.read(new Uint8Array(8))).toBe(3);
  expect(events.onClosed).not.toHaveBeenCalled();
  callbacks.onError();
  expect(events.onClosed).toHaveBeenCalledTimes(1);
});

test("closed, it tells nothing, reads nothing and writes nothing", () => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onReadable(3);
  callbacks.onWritable(10);
  io.close.mockImplementation(broken);
  transport.close();
  transport.close();
  callbacks.onError();
  expect(events.onClosed).not.toHaveBeenCalled();
  expect(transport.read(new Uint8Array(3))).toBe(0);
  transport.write(new Uint8Array(3));
  expect(io.write).not.toHaveBeenCalled();
  expect(io.close).toHaveBeenCalledTimes(1);
});
