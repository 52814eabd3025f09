// SPDX-License-Identifier: Apache-2.0
import { CAPACITY, FETCH_TIMEOUT_MS, type ImageMessage, SPIImageOutput } from "drivers/host-spi/image-output";
import { VirtualTimers } from "../fakes/virtual-timers";
import { checkedMessage, FakeSlave } from "./fake-host-spi";

function messageOf(bytes: Uint8Array): ImageMessage {
  let position = 0;
  let sum = 0;
  return {
    read(target) {
      const piece = bytes.subarray(position, position + target.length);
      target.set(piece);
      position += piece.length;
      for (const byte of piece) sum = (sum + byte) >>> 0;
      return piece.length;
    },
    checksum: () => sum,
  };
}

class OutputRig {
  readonly timers = new VirtualTimers();
  readonly slave = new FakeSlave();
  readonly states: (string | undefined)[] = [];
  readonly fates: boolean[] = [];
  readonly output: SPIImageOutput;

  constructor(openError?: Error) {
    this.slave.openError = openError;
    this.output = new SPIImageOutput({
      io: this.slave.HostSPI,
      ...{ clock: 34, out: 33, select: 35 },
      timers: this.timers,
      onState: (reason) => this.states.push(reason),
    });
  }

  send(bytes: Uint8Array): number {
    return this.output.send(messageOf(bytes), bytes.length, (fetched) => this.fates.push(fetched));
  }
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 2) & 0xff);

describe("an image", () => {
  it.each([1, 2, 3, 4, 4_096, 51_981, 51_982, 51_983, 51_984])(
    "of %i bytes is followed by its checksum, high byte first; bytes clocked after that change nothing",
    (length) => {
      const rig = new OutputRig();
      const message = bytes(length);
      const value = rig.send(message);
      expect(value).toBe(length + 4);
      const data = rig.slave.transfer(4 * Math.ceil(value / 4));
      expect(checkedMessage(data, value)).toBe(Buffer.from(message).toString("utf8"));
      expect(rig.fates).toEqual([true]);
      expect(rig.output.idle).toBe(true);
      expect(rig.timers.pending).toBe(0);
    },
  );

  it("sums bytes as unsigned, modulo 2^32", () => {
    const rig = new OutputRig();
    const value = rig.output.send({ ...messageOf(bytes(8)), checksum: () => 0xfffefdfc }, 8, () => undefined);
    expect([...rig.slave.transfer(value).subarray(8)]).toEqual([0xff, 0xfe, 0xfd, 0xfc]);
  });

  it("is armed before it is announced", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    expect(rig.slave.port?.armed).toBe(true);
    expect(rig.output.idle).toBe(false);
    expect(() => rig.send(bytes(1))).toThrow("an image is waiting");
  });

  it("is dropped after a second, and the next one can be sent", async () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    await rig.timers.advance(FETCH_TIMEOUT_MS - 1);
    expect(rig.fates).toEqual([]);
    await rig.timers.advance(1);
    expect(rig.fates).toEqual([false]);
    expect(rig.slave.port?.armed).toBe(false);
    const value = rig.send(bytes(50));
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([false, true]);
  });

  it("stays after a short read, until the second is over", async () => {
    const rig = new OutputRig();
    const value = rig.send(bytes(100));
    rig.slave.transfer(10);
    expect(rig.fates).toEqual([]);
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
    rig.send(bytes(100));
    await rig.timers.advance(900);
    rig.slave.transfer(0);
    await rig.timers.advance(100);
    expect(rig.fates).toEqual([true, false]);
  });

  it("counts as fetched after a read that was too long, or left the checksum out", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    rig.slave.transfer(5_000);
    rig.send(bytes(100));
    rig.slave.transfer(100);
    expect(rig.fates).toEqual([true, true]);
  });

  it("D13: is not changed while a host reads it, even if the second ends meanwhile", async () => {
    const rig = new OutputRig();
    const message = bytes(1_000);
    const value = rig.send(message);
    await rig.timers.advance(990);
    const finish = rig.slave.begin(value);
    await rig.timers.advance(500);
    expect(rig.output.idle).toBe(false);
    expect(checkedMessage(finish(), value)).toBe(Buffer.from(message).toString("utf8"));
    expect(rig.fates).toEqual([true]);
    expect(rig.timers.pending).toBe(0);
  });

  it("is dropped when a late read was too short", async () => {
    const rig = new OutputRig();
    rig.send(bytes(1_000));
    const finish = rig.slave.begin(10);
    await rig.timers.advance(1_050);
    finish();
    expect(rig.fates).toEqual([false]);
    expect(rig.timers.pending).toBe(0);
  });

  it("is cut off when a host keeps holding the bus, and the slave is opened again", async () => {
    const rig = new OutputRig();
    const value = rig.send(bytes(1_000));
    rig.slave.begin(value);
    await rig.timers.advance(3_100);
    expect(rig.fates).toEqual([false]);
    const next = rig.send(bytes(10));
    expect(rig.slave.opened).toBe(2);
    expect(checkedMessage(rig.slave.transfer(next), next)).toBeDefined();
  });

  it("is gone after it was read: a second read gets zeros", () => {
    const rig = new OutputRig();
    const value = rig.send(bytes(100));
    rig.slave.transfer(value);
    expect(rig.slave.transfer(value).every((byte) => byte === 0)).toBe(true);
    expect(rig.fates).toEqual([true]);
  });

  it("can be cancelled, also during a transfer", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    rig.output.cancel();
    expect(rig.output.idle).toBe(true);
    rig.send(bytes(100));
    const finish = rig.slave.begin(104);
    rig.output.cancel();
    expect(finish).not.toThrow();
    const value = rig.send(bytes(20));
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
    expect(rig.timers.pending).toBe(0);
  });

  it("cancelled during a transfer is followed by the next at once, because the slave is opened again", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    rig.slave.begin(104);
    rig.output.cancel();
    const value = rig.send(bytes(20));
    expect(rig.slave.opened).toBe(2);
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
  });

  it("larger than hosts accept is rejected, and the next one works", () => {
    const rig = new OutputRig();
    expect(() => rig.send(bytes(CAPACITY))).toThrow(RangeError);
    const value = rig.send(bytes(CAPACITY - 4));
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
  });

  it("shorter than its length is an error, not an endless loop", () => {
    const rig = new OutputRig();
    expect(() => rig.output.send(messageOf(bytes(10)), 11, () => undefined)).toThrow("ended 1 bytes early");
  });
});

describe("a failing slave", () => {
  it("is reported once, after three failures in a row, and when it works again; each image is another attempt", () => {
    const rig = new OutputRig();
    rig.slave.armError = new Error("no DMA channel");
    for (let i = 0; i < 5; i++) expect(() => rig.send(bytes(10))).toThrow("no DMA channel");
    expect(rig.states).toEqual(["no DMA channel"]);
    rig.slave.armError = undefined;
    const value = rig.send(bytes(10));
    expect(rig.states).toEqual(["no DMA channel", undefined]);
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
  });

  it("is not reported as working again when it did not fail", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    rig.slave.transfer(104);
    rig.send(bytes(100));
    expect(rig.states).toEqual([]);
  });

  it("at start is opened by the next image", () => {
    const rig = new OutputRig(new Error("pin in use"));
    expect(rig.slave.port).toBeUndefined();
    rig.slave.openError = undefined;
    const value = rig.send(bytes(10));
    expect(checkedMessage(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.states).toEqual([undefined]);
  });

  it("drops the image if it cannot be armed again after a short read", () => {
    const rig = new OutputRig();
    rig.send(bytes(100));
    rig.slave.armError = new Error("broken");
    rig.slave.transfer(5);
    expect(rig.fates).toEqual([false]);
    expect(rig.timers.pending).toBe(0);
  });
});
