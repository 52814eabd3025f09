// SPDX-License-Identifier: Apache-2.0
import { CAPACITY, FETCH_TIMEOUT_MS, HostPort, type SummedPacket } from "drivers/host-spi/host-port";
import { VirtualTimers } from "../fakes/virtual-timers";
import { checkedPacket, FakeSlave } from "./fake-host-spi";

function packetOf(bytes: Uint8Array): SummedPacket {
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

class PortRig {
  readonly timers = new VirtualTimers();
  readonly slave = new FakeSlave();
  readonly states: (string | undefined)[] = [];
  readonly fates: boolean[] = [];
  readonly port: HostPort;

  constructor(openError?: Error) {
    this.slave.openError = openError;
    this.port = new HostPort({
      HostSPI: this.slave.HostSPI,
      pins: { clock: 34, out: 33, select: 35 },
      timers: this.timers,
      onState: (reason) => this.states.push(reason),
    });
  }

  send(bytes: Uint8Array): number {
    return this.port.send(packetOf(bytes), bytes.length, (fetched) => this.fates.push(fetched));
  }
}

const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + 2) & 0xff);

describe("an image for the host", () => {
  it.each([1, 2, 3, 4, 4_096, 51_981, 51_982, 51_983, 51_984])(
    "of %i bytes is announced with its checksum, which stands high byte first after it, whatever is clocked after that",
    (length) => {
      const rig = new PortRig();
      const packet = bytes(length);
      const value = rig.send(packet);
      expect(value).toBe(length + 4);
      const data = rig.slave.transfer(4 * Math.ceil(value / 4));
      expect(checkedPacket(data, value)).toBe(Buffer.from(packet).toString("utf8"));
      expect(rig.fates).toEqual([true]);
      expect(rig.port.idle).toBe(true);
      expect(rig.timers.pending).toBe(0);
    },
  );

  it("sums bytes as unsigned, modulo 2^32", () => {
    const rig = new PortRig();
    const value = rig.port.send({ ...packetOf(bytes(8)), checksum: () => 0xfffefdfc }, 8, () => undefined);
    expect([...rig.slave.transfer(value).subarray(8)]).toEqual([0xff, 0xfe, 0xfd, 0xfc]);
  });

  it("is armed before it is announced", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    expect(rig.slave.port?.armed).toBe(true);
    expect(rig.port.idle).toBe(false);
    expect(() => rig.send(bytes(1))).toThrow("an image waits");
  });

  it("is given up after a second, and the next one can be sent", async () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    await rig.timers.advance(FETCH_TIMEOUT_MS - 1);
    expect(rig.fates).toEqual([]);
    await rig.timers.advance(1);
    expect(rig.fates).toEqual([false]);
    expect(rig.slave.port?.armed).toBe(false);
    const value = rig.send(bytes(50));
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([false, true]);
  });

  it("stays where it is after a short read, until the second is over", async () => {
    const rig = new PortRig();
    const value = rig.send(bytes(100));
    rig.slave.transfer(10);
    expect(rig.fates).toEqual([]);
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
    rig.send(bytes(100));
    await rig.timers.advance(900);
    rig.slave.transfer(0);
    await rig.timers.advance(100);
    expect(rig.fates).toEqual([true, false]);
  });

  it("is done with after a read that was too long, or left the checksum out", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.slave.transfer(5_000);
    rig.send(bytes(100));
    rig.slave.transfer(100);
    expect(rig.fates).toEqual([true, true]);
  });

  it("D13: is never changed while a host reads it, also when the second ends meanwhile", async () => {
    const rig = new PortRig();
    const packet = bytes(1_000);
    const value = rig.send(packet);
    await rig.timers.advance(990);
    const finish = rig.slave.begin(value);
    await rig.timers.advance(500);
    expect(rig.port.idle).toBe(false);
    expect(checkedPacket(finish(), value)).toBe(Buffer.from(packet).toString("utf8"));
    expect(rig.fates).toEqual([true]);
    expect(rig.timers.pending).toBe(0);
  });

  it("is given up when a late read was too short", async () => {
    const rig = new PortRig();
    rig.send(bytes(1_000));
    const finish = rig.slave.begin(10);
    await rig.timers.advance(1_050);
    finish();
    expect(rig.fates).toEqual([false]);
    expect(rig.timers.pending).toBe(0);
  });

  it("is cut off when a host holds the bus for ever, and the slave is set up anew", async () => {
    const rig = new PortRig();
    const value = rig.send(bytes(1_000));
    rig.slave.begin(value);
    await rig.timers.advance(3_100);
    expect(rig.fates).toEqual([false]);
    const next = rig.send(bytes(10));
    expect(rig.slave.opened).toBe(2);
    expect(checkedPacket(rig.slave.transfer(next), next)).toBeDefined();
  });

  it("that is read twice gives the second reader nothing", () => {
    const rig = new PortRig();
    const value = rig.send(bytes(100));
    rig.slave.transfer(value);
    expect(rig.slave.transfer(value).every((byte) => byte === 0)).toBe(true);
    expect(rig.fates).toEqual([true]);
  });

  it("can be taken back, in the middle of a transfer too", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.port.cancel();
    expect(rig.port.idle).toBe(true);
    rig.send(bytes(100));
    const finish = rig.slave.begin(104);
    rig.port.cancel();
    expect(finish).not.toThrow();
    const value = rig.send(bytes(20));
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
    expect(rig.timers.pending).toBe(0);
  });

  it("taken back in the middle of a transfer is followed by another at once, through a slave set up anew", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.slave.begin(104);
    rig.port.cancel();
    const value = rig.send(bytes(20));
    expect(rig.slave.opened).toBe(2);
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.fates).toEqual([true]);
  });

  it("larger than hosts accept is refused, and the next one works", () => {
    const rig = new PortRig();
    expect(() => rig.send(bytes(CAPACITY))).toThrow(RangeError);
    const value = rig.send(bytes(CAPACITY - 4));
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
  });

  it("that ends before its length is a failure, not an endless loop", () => {
    const rig = new PortRig();
    expect(() => rig.port.send(packetOf(bytes(10)), 11, () => undefined)).toThrow("ended 1 bytes early");
  });
});

describe("a slave that fails", () => {
  it("three times in a row is reported, once; it is tried with every image, and works again when it can", () => {
    const rig = new PortRig();
    rig.slave.armError = new Error("no DMA channel");
    for (let i = 0; i < 5; i++) expect(() => rig.send(bytes(10))).toThrow("no DMA channel");
    expect(rig.states).toEqual(["no DMA channel"]);
    rig.slave.armError = undefined;
    const value = rig.send(bytes(10));
    expect(rig.states).toEqual(["no DMA channel", undefined]);
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
  });

  it("that never was is not reported as over", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.slave.transfer(104);
    rig.send(bytes(100));
    expect(rig.states).toEqual([]);
  });

  it("at start is no end: it is opened with the next image", () => {
    const rig = new PortRig(new Error("pin in use"));
    expect(rig.slave.port).toBeUndefined();
    rig.slave.openError = undefined;
    const value = rig.send(bytes(10));
    expect(checkedPacket(rig.slave.transfer(value), value)).toBeDefined();
    expect(rig.states).toEqual([undefined]);
  });

  it("when it is armed again after a short read gives the image up", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.slave.armError = new Error("broken");
    rig.slave.transfer(5);
    expect(rig.fates).toEqual([false]);
    expect(rig.timers.pending).toBe(0);
  });

  it("can be closed twice", () => {
    const rig = new PortRig();
    rig.send(bytes(100));
    rig.port.close();
    rig.port.close();
    expect(rig.timers.pending).toBe(0);
  });
});
