// SPDX-License-Identifier: Apache-2.0
import type Serial from "embedded:io/serial";
import { SPIImageOutput } from "drivers/host-spi/image-output";
import { Executor, HardwareInterface, SessionMemory } from "modules/server/server";
import { LinkLoad } from "modules/server/link-load";
import { Fault } from "modules/status/fault";
import { checkedMessage, FakeSlave } from "../host-spi/fake-host-spi";
import { PlainFramer } from "../protocol/plain-framer";
import { FakeEncoder, nodeText } from "../protocol/fakes";
import { Connection, messagesOf } from "./fake-tcp";
import { ServicesRig } from "./services-rig";

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });

class HardwareRig extends ServicesRig {
  readonly faults = new Set<Fault>();
  readonly slave = new FakeSlave();
  readonly serialOptions: Record<string, unknown>[] = [];
  line = new Connection(this.timers, 2_048);
  taken = 0;
  readonly encoder = new FakeEncoder();
  readonly face: HardwareInterface;

  /** @param serialError thrown by the opening of the serial port */
  constructor(public serialError?: Error) {
    super();
    // eslint-disable-next-line @typescript-eslint/no-this-alias -- the class below is this rig's
    const rig = this;
    class FakeSerial {
      constructor(options: { onReadable(n: number): void; onWritable(n: number): void }) {
        if (rig.serialError) throw rig.serialError;
        rig.serialOptions.push({ ...options });
        rig.line.adopt(options);
      }
      read(buffer: Uint8Array): number {
        return rig.line.cameraRead(buffer);
      }
      write(buffer: Uint8Array): number | undefined {
        return rig.line.cameraWrite(buffer);
      }
      close(): void {
        rig.line.cameraClose();
      }
    }
    this.services.identity = { ...this.services.identity, model: 262147 };
    const imageOutput = new SPIImageOutput({
      io: this.slave.HostSPI,
      ...{ clock: 34, out: 33, select: 35 },
      timers: this.timers,
      onState: (reason) => this.face.onImageOutput(reason),
    });
    this.face = new HardwareInterface({
      services: this.services,
      commands: this.commands,
      executor: new Executor(),
      load: new LinkLoad(),
      text: nodeText,
      timers: this.timers,
      log: this.logged.log,
      createFramer: () => new PlainFramer(),
      createEncoder: () => this.encoder,
      serial: { io: FakeSerial as unknown as typeof Serial, receive: 26, transmit: 27, baud: 230_400 },
      imageOutput,
      memory: new SessionMemory(new PlainFramer(), this.encoder),
      faults: {
        raise: (fault) => void this.faults.add(fault),
        clear: (fault) => void this.faults.delete(fault),
      },
    });
    this.face.start();
  }

  send(...commands: object[]): void {
    for (const command of commands) this.line.write(`\x02${JSON.stringify(command)}\x03`);
  }

  take(): string[] {
    const answers = messagesOf(this.line.received);
    const fresh = answers.slice(this.taken);
    this.taken = answers.length;
    return fresh;
  }

  /** What a host does with an announcement: one transfer. Returns the number of the image, undefined if it is broken. */
  fetch(announcement: string | undefined, roundUp: boolean): number | undefined {
    const value = Number(/^\{"image_ready" : (\d+)\}$/.exec(announcement ?? "")?.[1]);
    const data = this.slave.transfer(roundUp ? 4 * Math.ceil(value / 4) : value);
    const message = checkedMessage(data, value);
    return message === undefined ? undefined : Number(/"radiometric":"(\d+)"/.exec(message)?.[1]);
  }
}

describe("the hardware interface", () => {
  it("uses the serial port at 230,400 baud, with the same commands and answers", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "get_status" }, { cmd: "get_wifi" }, { cmd: "nothing" });
    await rig.timers.advance(0);
    expect(rig.serialOptions).toMatchObject([{ receive: 26, transmit: 27, baud: 230_400, format: "buffer" }]);
    expect(rig.take()).toEqual([
      expect.stringContaining('"Model":262147'),
      expect.stringContaining('{"wifi":{"ap_ssid"'),
      info(2, "Unknown command in json string"),
    ]);
  });

  it.each([false, true])("announces an image, and a host fetches it (length rounded up: %s)", async (roundUp) => {
    const rig = new HardwareRig();
    rig.send({ cmd: "get_image" });
    await rig.timers.advance(0);
    await rig.frames(1);
    const answers = rig.take();
    expect(answers).toHaveLength(1);
    expect(rig.fetch(answers[0], roundUp)).toBe(1);
    expect(rig.services.frames.held).toBe(1); // the frame is released when its message is in the buffer
  });

  it("streams every frame to a host that fetches", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "stream_on", args: { num_frames: 10 } });
    await rig.timers.advance(0);
    expect(rig.take()).toEqual([info(1, "stream_on success")]);
    const numbers: (number | undefined)[] = [];
    for (let i = 0; i < 15; i++) {
      await rig.frames(1);
      for (const announcement of rig.take()) numbers.push(rig.fetch(announcement, true));
    }
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("answers commands at once while an image waits to be fetched", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "get_image" }, { cmd: "get_config" });
    await rig.timers.advance(0);
    await rig.frames(1);
    rig.send({ cmd: "stream_off" });
    await rig.timers.advance(0);
    expect(rig.take().map((answer) => answer.slice(0, 12))).toEqual(['{"image_read', '{"config":{"', '{"cam_info":']);
  });

  it("offers the newest image if one was not fetched for a second, and counts fetched images only", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "stream_on", args: { num_frames: 2 } });
    await rig.timers.advance(0);
    rig.take();
    await rig.frames(12);
    const announcements = rig.take();
    expect(announcements).toHaveLength(2);
    expect(rig.fetch(announcements[1], false)).toBeGreaterThan(8);
    await rig.frames(1);
    expect(rig.fetch(rig.take()[0], false)).toBe(12); // the newest there was when the port became free
    await rig.frames(5);
    expect(rig.take()).toEqual([]);
  });

  it("announces every second to a host that never fetches", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "stream_on" });
    await rig.timers.advance(0);
    rig.take();
    for (let i = 0; i < 20; i++) {
      await rig.frames(10);
      expect(rig.take().length).toBeGreaterThanOrEqual(1);
    }
  });

  it("survives every kind of bad read: an image with a correct checksum is the announced one, and the next one follows", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "stream_on" });
    await rig.timers.advance(0);
    rig.take();
    let state = 12_345;
    const random = (n: number): number => (state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff) % n;
    let good = 0;
    let last = 0;
    for (let i = 0; i < 300; i++) {
      await rig.frames(1);
      const [announcement] = rig.take();
      if (!announcement) continue; // the last one is still waiting
      const fault = random(6);
      if (fault === 0) rig.slave.transfer(random(50_000));
      else if (fault === 1) rig.slave.transfer(60_000 + random(1_000));
      else if (fault === 2)
        continue; // never
      else if (fault === 3) await rig.timers.advance(random(1_500)); // late, if at all
      const announced = rig.encoder.sequence;
      const number = rig.fetch(announcement, fault % 2 === 0);
      if (number === undefined) continue;
      good += 1;
      expect(number).toBeGreaterThan(last);
      last = number;
      expect(number).toBe(announced);
    }
    expect(good).toBeGreaterThan(50);
    await rig.timers.advance(1_500);
    rig.take();
    await rig.frames(1);
    expect(rig.fetch(rig.take().at(-1), false)).toBe(rig.services.frames.made.length);
  });

  it("an image output that fails persistently: fault 6, a cam_info 4, get_image fails with the reason; and it recovers", async () => {
    const rig = new HardwareRig();
    rig.slave.armError = new Error("no DMA channel");
    rig.send({ cmd: "get_image" });
    await rig.timers.advance(0);
    await rig.frames(1);
    expect(rig.take()).toEqual([info(0, "get_image failed: no DMA channel")]);
    rig.send({ cmd: "stream_on" });
    await rig.timers.advance(0);
    await rig.frames(10);
    expect(rig.take()).toEqual([info(1, "stream_on success"), info(4, "SPI Slave restart error - images disabled")]);
    expect([...rig.faults]).toEqual([Fault.Network]);
    rig.slave.armError = undefined;
    await rig.frames(1);
    expect(rig.fetch(rig.take()[0], false)).toBe(12);
    expect(rig.faults.size).toBe(0);
  });

  it("accepts a fw_segment of 8,192 bytes, 11 KB of text, in the small reads of a serial port", async () => {
    const rig = new HardwareRig();
    const data = Buffer.alloc(8_192, 0x5a);
    const text = Buffer.from(
      `\x02${JSON.stringify({ cmd: "fw_segment", args: { start: 0, length: 8_192, data: data.toString("base64") } })}\x03`,
    );
    for (let at = 0; at < text.length; at += 120) {
      rig.line.write(text.subarray(at, at + 120));
      await rig.timers.advance(5);
    }
    expect(rig.services.update.segments).toMatchObject([{ start: 0, data: [...data] }]);
    expect(rig.take()).toEqual([]);
  });

  it("stores set_wifi for the next start over WiFi, and the session goes on", async () => {
    const rig = new HardwareRig();
    rig.send({ cmd: "set_wifi", args: { sta_ssid: "Home" } }, { cmd: "get_status" });
    await rig.timers.advance(0);
    expect(rig.take()).toEqual([info(1, "set_wifi success"), expect.stringContaining("status")]);
    expect(rig.services.network.changes).toEqual([{ sta_ssid: "Home" }]);
  });

  it("a serial port that cannot be written to is reopened, even with unread commands", async () => {
    const rig = new HardwareRig();
    await rig.timers.advance(0);
    rig.send(...Array.from({ length: 200 }, () => ({ cmd: "get_status" })));
    rig.line.failure = new Error("UART driver is gone");
    await rig.timers.advance(0);
    expect([...rig.faults]).toEqual([Fault.Network]);
    rig.line = new Connection(rig.timers, 2_048);
    rig.taken = 0;
    await rig.timers.advance(1_000);
    expect(rig.faults.size).toBe(0);
    rig.send({ cmd: "get_config" });
    await rig.timers.advance(0);
    expect(rig.take()).toEqual([expect.stringContaining('"config"')]);
  });

  it("a serial port that cannot be opened is fault 6, retried every second", async () => {
    const rig = new HardwareRig(new Error("in use"));
    expect([...rig.faults]).toEqual([Fault.Network]);
    await rig.timers.advance(5_000);
    rig.serialError = undefined;
    await rig.timers.advance(1_000);
    expect(rig.faults.size).toBe(0);
    rig.send({ cmd: "get_status" });
    await rig.timers.advance(0);
    expect(rig.take()).toHaveLength(1);
  });

  it("reopening the serial port does not clear the fault of the image output", async () => {
    const rig = new HardwareRig();
    rig.face.onImageOutput("no DMA channel");
    rig.face.onImageOutput("no DMA channel");
    await rig.timers.advance(0);
    expect(rig.take()).toEqual([info(4, "SPI Slave restart error - images disabled")]);
    rig.line.failure = new Error("UART driver is gone");
    rig.send({ cmd: "get_status" });
    await rig.timers.advance(0);
    rig.line = new Connection(rig.timers, 2_048);
    await rig.timers.advance(1_000);
    expect(rig.serialOptions).toHaveLength(2);
    expect([...rig.faults]).toEqual([Fault.Network]);
    rig.face.onImageOutput(undefined);
    expect(rig.faults.size).toBe(0);
  });
});
