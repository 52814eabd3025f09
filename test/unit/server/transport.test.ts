// SPDX-License-Identifier: Apache-2.0
import { SocketTransport, type SocketCallbacks, type TransportEvents } from "modules/server/transport";
import { drain } from "../fakes/virtual-timers";

/** A stream over mocks, that reads all that is asked for and whose writes return what `room` says. */
function makeStream(): {
  transport: SocketTransport;
  callbacks: SocketCallbacks;
  io: { read: jest.Mock; write: jest.Mock; pump: jest.Mock; close: jest.Mock };
  events: { [name in keyof TransportEvents]: jest.Mock };
} {
  const io = {
    read: jest.fn((target: Uint8Array) => target.length),
    write: jest.fn(),
    pump: jest.fn(),
    close: jest.fn(),
  };
  const events = { onReadable: jest.fn(), onWritable: jest.fn(), onEnd: jest.fn(), onClosed: jest.fn() };
  let callbacks: SocketCallbacks | undefined;
  const transport = new SocketTransport((given) => {
    callbacks = given;
    return io;
  });
  if (!callbacks) throw new Error("the stream was not opened");
  transport.events = events;
  return { transport, callbacks, io, events };
}

function thrower(message: string): () => undefined {
  return () => {
    throw new Error(message);
  };
}

test("reads at most the reported bytes, and counts the returned ones as read", () => {
  const { transport, callbacks, io } = makeStream();
  callbacks.onReadable(3);
  expect(transport.read(new Uint8Array(8))).toBe(3);
  expect(io.read.mock.calls[0]?.[0]).toHaveLength(3);
  expect(transport.read(new Uint8Array(8))).toBe(0);
  callbacks.onReadable(8);
  io.read.mockReturnValueOnce(2).mockReturnValueOnce(undefined);
  expect(transport.read(new Uint8Array(8))).toBe(2);
  expect(transport.read(new Uint8Array(8))).toBe(0);
});

test("the room is the last reported one: by onWritable, or by a write", () => {
  const { transport, callbacks, io } = makeStream();
  callbacks.onWritable(10);
  io.write.mockReturnValueOnce(2).mockReturnValueOnce(7);
  expect(transport.write(new Uint8Array(1))).toBe(true);
  expect(transport.writable).toBe(2);
  expect(() => transport.write(new Uint8Array(3))).toThrow("write: expected at most 2 bytes, got 3");
  expect(transport.write(new Uint8Array(2))).toBe(true);
  expect(transport.writable).toBe(7);
  callbacks.onWritable(0);
  expect(transport.writable).toBe(0);
});

test.each(["would block", "output full"])(
  "a write that throws %s has taken nothing: there is no room until the stream reports some",
  async (message) => {
    const { transport, callbacks, io, events } = makeStream();
    callbacks.onWritable(10);
    io.write.mockImplementationOnce(thrower(message)).mockReturnValue(5);
    expect(transport.write(new Uint8Array(4))).toBe(false);
    expect(transport.writable).toBe(0);
    expect(transport.drained).toBe(false);
    await drain();
    expect(events.onClosed).not.toHaveBeenCalled();
    callbacks.onWritable(9);
    expect(transport.write(new Uint8Array(4))).toBe(true);
  },
);

test("written bytes are sent when the room is as large as it ever was", () => {
  const { transport, callbacks, io } = makeStream();
  callbacks.onWritable(10);
  expect(transport.drained).toBe(true);
  io.write.mockReturnValueOnce(0);
  transport.write(new Uint8Array(10));
  callbacks.onWritable(4);
  expect(transport.drained).toBe(false);
  callbacks.onWritable(10);
  expect(transport.drained).toBe(true);
});

test("a half-closed client can still be written to", () => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onWritable(10);
  expect(transport.ended).toBe(false);
  callbacks.onEnd();
  expect(transport.ended).toBe(true);
  expect(events.onEnd).toHaveBeenCalledTimes(1);
  io.write.mockReturnValueOnce(6);
  expect(transport.write(new Uint8Array(4))).toBe(true);
  expect(events.onClosed).not.toHaveBeenCalled();
});

test.each<["read" | "write", () => undefined]>([
  ["read", thrower("not ready")],
  ["write", thrower("not ready")],
  ["write", () => undefined],
])("a %s that finds the connection gone is reported once, after what is being done", async (what, result) => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onWritable(10);
  callbacks.onReadable(what === "read" ? 3 : 0);
  io[what].mockImplementation(result);
  if (what === "read") expect(transport.read(new Uint8Array(3))).toBe(0);
  else expect(transport.write(new Uint8Array(3))).toBe(false);
  expect([transport.writable, transport.drained]).toEqual([0, true]);
  expect(events.onClosed).not.toHaveBeenCalled();
  await drain();
  callbacks.onError();
  callbacks.onWritable(5);
  callbacks.onEnd();
  await drain();
  const { onClosed, onWritable, onEnd } = events;
  expect([onClosed, onWritable, onEnd].map((event) => event.mock.calls.length)).toEqual([1, 1, 0]);
  expect(transport.write(new Uint8Array(3))).toBe(false);
  transport.close();
  expect(io.close).toHaveBeenCalledTimes(1);
});

test("bytes received before a reset can be read until the connection is closed", () => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onWritable(10);
  callbacks.onReadable(5);
  callbacks.onError();
  expect(events.onClosed).toHaveBeenCalledTimes(1);
  expect([transport.writable, transport.write(new Uint8Array(1))]).toEqual([0, false]);
  expect(io.close).not.toHaveBeenCalled();
  expect(transport.read(new Uint8Array(3))).toBe(3);
  expect(transport.read(new Uint8Array(3))).toBe(2);
  transport.close();
  expect(transport.read(new Uint8Array(3))).toBe(0);
});

test("a closed transport reports nothing, reads nothing and writes nothing", () => {
  const { transport, callbacks, io, events } = makeStream();
  callbacks.onReadable(3);
  callbacks.onWritable(10);
  io.close.mockImplementation(thrower("not ready"));
  transport.close();
  transport.close();
  callbacks.onReadable(3);
  callbacks.onWritable(10);
  callbacks.onEnd();
  callbacks.onError();
  expect([events.onEnd, events.onClosed].map((event) => event.mock.calls.length)).toEqual([0, 0]);
  expect([events.onReadable, events.onWritable].map((event) => event.mock.calls.length)).toEqual([1, 1]);
  expect(transport.read(new Uint8Array(3))).toBe(0);
  expect(transport.write(new Uint8Array(3))).toBe(false);
  expect(io.write).not.toHaveBeenCalled();
  expect(io.close).toHaveBeenCalledTimes(1);
});

describe("pump", () => {
  const source = { read: (): number => 0 };

  test("reports its end, then onWritable; meanwhile there is no room", () => {
    const { transport, callbacks, io, events } = makeStream();
    callbacks.onWritable(10);
    io.pump.mockReturnValueOnce(false);
    const onDone = jest.fn(() => expect(events.onWritable).toHaveBeenCalledTimes(1));
    expect(transport.pump(source, 20, onDone)).toBe(false);
    expect(io.pump.mock.calls).toEqual([[source, 20]]);
    expect([transport.writable, transport.drained]).toEqual([0, false]);
    callbacks.onPumped(20);
    expect(onDone.mock.calls).toEqual([[20]]);
    expect(events.onWritable).toHaveBeenCalledTimes(2);
    expect(io.write).not.toHaveBeenCalled();
  });

  test("afterwards the room is asked for when it is wanted, by a write of no bytes", () => {
    const { transport, callbacks, io } = makeStream();
    callbacks.onWritable(10);
    io.pump.mockReturnValueOnce(true);
    io.write.mockReturnValueOnce(4);
    expect(transport.pump(source, 6, jest.fn())).toBe(true);
    expect([transport.writable, transport.writable, transport.drained]).toEqual([4, 4, false]);
    expect(io.write.mock.calls).toEqual([[new Uint8Array(0)]]);
    callbacks.onWritable(10);
    expect(transport.drained).toBe(true);
  });

  test("on a connection that is gone does nothing, and onClosed follows", async () => {
    const { transport, callbacks, io, events } = makeStream();
    callbacks.onWritable(10);
    io.pump.mockReturnValueOnce(undefined);
    expect(transport.pump(source, 6, jest.fn())).toBe(false);
    await drain();
    expect(events.onClosed).toHaveBeenCalledTimes(1);
    expect(transport.pump(source, 6, jest.fn())).toBe(false);
    expect(io.pump).toHaveBeenCalledTimes(1);
    expect([transport.writable, transport.drained, transport.pumped]).toEqual([0, true, 0]);
  });

  test("that a reset interrupts reports no end", () => {
    const { transport, callbacks, io, events } = makeStream();
    io.pump.mockReturnValueOnce(false);
    const onDone = jest.fn();
    transport.pump(source, 6, onDone);
    callbacks.onError();
    callbacks.onPumped(6);
    expect([onDone.mock.calls.length, events.onWritable.mock.calls.length]).toEqual([0, 0]);
    expect(events.onClosed).toHaveBeenCalledTimes(1);
  });
});
