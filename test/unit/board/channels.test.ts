// SPDX-License-Identifier: Apache-2.0
/** The board link's channels over a real socket; docs/board-link.md is the specification. */
import { type Bench, LinkClient, makeBench, settle, u32 } from "./fixture";

const SPI = { open: "spi", clock: 5, in: 19, select: 12, vsync: 13, hz: 16_000_000, mode: 3 };
const I2C = { open: "i2c", data: 23, clock: 22, hz: 100_000 };
const HOST_SPI = { open: "host-spi", clock: 34, out: 33, select: 35 };
const SERIAL = { open: "serial", transmit: 27, receive: 26, baud: 230_400 };

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
});
afterEach(() => bench.close());
const open = (request: object | string, first?: Uint8Array): Promise<LinkClient> =>
  LinkClient.open(bench.socket, request, first);

describe("opening", () => {
  test.each([
    ["no JSON", "hello", "the opening line is not JSON"],
    ["no object", "[]", 'the opening line has no "open"'],
    ["an unknown peripheral", { open: "usb" }, 'there is no "usb" on the board link'],
    ["an unknown pin", { open: "digital", pin: 4, mode: "input" }, "no such pin: 4"],
    ["an unknown mode", { open: "digital", pin: 14, mode: "analog" }, "no such mode: analog"],
    ["a pin that is not a number", { open: "digital", pin: "14", mode: "output" }, '"pin" must be a whole number'],
    ["I2C on other pins", { ...I2C, clock: 21 }, "no such I2C bus: its clock pin is 22, not 21"],
    ["SPI on other pins", { ...SPI, vsync: 2 }, "no such SPI bus: its vsync pin is 13, not 2"],
    ["SPI without a clock rate", { ...SPI, hz: 0 }, "hz must be above 0"],
    ["an unknown partition", { open: "flash", path: "nvs" }, "no such partition: nvs"],
  ])("%s is answered by an error, and the connection closed", async (_name, request, error) => {
    const client = await open(request);
    expect(client.answer).toEqual({ error });
    await client.closed;
  });

  test("an open peripheral cannot be opened again until it is closed", async () => {
    const first = await open({ open: "digital", pin: 14, mode: "output" });
    expect((await open({ open: "digital", pin: 14, mode: "output" })).answer).toEqual({ error: "pin 14 is in use" });
    first.close();
    await settle();
    expect((await open({ open: "digital", pin: 14, mode: "output" })).answer).toMatchObject({ ok: true });
  });

  test("messages sent directly after the opening line are handled after the answer", async () => {
    const message = Buffer.concat([u32(4), Buffer.from("I"), Buffer.from("ota_")]);
    const client = await open({ open: "system" }, message);
    expect(client.answer.ok).toBe(true);
    expect((await client.next()).payload.toString()).toBe("no such partition: ota_");
  });

  test("an unknown message closes the connection and is logged", async () => {
    const client = await open(I2C);
    client.send("Q", Buffer.of(0x2a));
    await client.closed;
    expect(bench.board.journal.since().map((line) => line.text)).toContain(
      'i2c: message "Q" is not known here; the connection is closed',
    );
  });

  test("without power a connection is closed at once", async () => {
    await bench.board.powerOff();
    const client = await open({ open: "system" });
    await client.closed;
    expect(client.answer).toEqual({});
  });
});

describe("i2c", () => {
  test("the Lepton acknowledges after its boot, no other address does", async () => {
    const client = await open(I2C);
    const statusRegister = Buffer.of(0x2a, 0x00, 0x02);
    expect((await client.ask("W", statusRegister)).type).toBe("N"); // still booting
    bench.time.pass(1000);
    expect((await client.ask("W", statusRegister)).type).toBe("A");
    const read = Buffer.of(0x2a, 2, 0);
    const status = await client.ask("R", read);
    expect(status.type).toBe("D");
    expect((status.payload[1] as number) & 0x06).toBe(0x06); // booted, boot mode
    expect(await client.ask("X", Buffer.of(0x2a, 2, 0, 0x00, 0x02))).toEqual(status);
    expect((await client.ask("W", Buffer.of(0x2b, 0, 2))).type).toBe("N");
    expect((await client.ask("R", Buffer.of(0x10, 2, 0))).type).toBe("N");
  });
});

describe("digital", () => {
  test("outputs set the LED's colour and its waveform; the end of the connection releases the pins", async () => {
    const { board, time } = bench;
    const red = await open({ open: "digital", pin: 14, mode: "output", level: 1 });
    expect(red.answer).toEqual({ ok: true, level: 1 });
    time.pass(100);
    const green = await open({ open: "digital", pin: 15, mode: "output" });
    green.send("L", Buffer.of(1));
    await settle();
    time.pass(100);
    expect(board.led.color).toBe("yellow");
    // Both pins fall at the same moment: one change, not two.
    red.send("L", Buffer.of(0));
    green.send("L", Buffer.of(0));
    await settle();
    time.pass(100);
    green.send("L", Buffer.of(1));
    await settle();
    time.pass(100);
    green.close();
    await settle();
    time.pass(100);
    expect(board.led.since().map((change) => change.color)).toEqual(["off", "red", "yellow", "off", "green", "off"]);
    const times = board.led.since().map((change) => change.board);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  test("the levels of button and jumper are sent at the start and at each change", async () => {
    const button = await open({ open: "digital", pin: 0, mode: "pull-up" });
    const jumper = await open({ open: "digital", pin: 32, mode: "pull-up" });
    expect(button.answer.level).toBe(1);
    expect(jumper.answer.level).toBe(1);
    const up = bench.board.press(200);
    expect(await button.next()).toEqual({ type: "L", payload: Buffer.of(0) });
    bench.time.pass(150);
    expect(bench.board.buttonDown).toBe(true);
    bench.time.pass(60);
    await up;
    expect(await button.next()).toEqual({ type: "L", payload: Buffer.of(1) });
    bench.board.mode = "serial";
    expect(await jumper.next()).toEqual({ type: "L", payload: Buffer.of(0) });
  });

  test("the reset pin holds the Lepton in reset, active high, and is released at the end of the firmware", async () => {
    bench.time.pass(1000);
    expect(bench.board.lepton.state().power).toBe("running");
    const reset = await open({ open: "digital", pin: 21, mode: "output", level: 1 });
    expect(bench.board.lepton.state().power).toBe("reset");
    reset.close();
    await settle();
    expect(bench.board.lepton.state().power).toBe("booting");
  });

  test("an input cannot be driven", async () => {
    const button = await open({ open: "digital", pin: 0, mode: "input" });
    button.send("L", Buffer.of(0));
    await button.closed;
    expect(bench.board.buttonDown).toBe(false);
  });
});

/** Sets the Lepton's GPIO mode to VSYNC through its registers (OEM 0x4854 = 5). */
async function enableVsync(): Promise<void> {
  const i2c = await open(I2C);
  bench.time.pass(1000);
  for (const [register, value] of [
    [8, 5],
    [10, 0],
    [6, 2],
    [4, 0x4855],
  ] as const)
    // prettier-ignore
    expect((await i2c.ask("W", Buffer.of(0x2a, 0, register, value >> 8, value & 0xff))).type).toBe("A");
  bench.time.pass(100);
  i2c.close();
  await settle();
}

describe("spi", () => {
  test("VSYNC is sent only while armed, with board time and a number that counts while disarmed", async () => {
    await enableVsync();
    const spi = await open(SPI);
    bench.time.pass(50);
    await settle();
    expect(spi.pending).toEqual([]);
    spi.send("A");
    await settle();
    bench.time.pass(50);
    const pulse = await spi.next();
    expect(pulse.type).toBe("V");
    expect(pulse.payload.length).toBe(12);
    const now = bench.board.clock.now();
    expect(Math.abs(Number(pulse.payload.readBigUInt64LE(0)) - now)).toBeLessThan(2);
    expect(pulse.payload.readUInt32LE(8)).toBeGreaterThanOrEqual(5);
  });

  test("after a VSYNC the board waits for E; a transfer moves its time by its duration", async () => {
    await enableVsync();
    const { board, time } = bench;
    const spi = await open(SPI);
    spi.send("A");
    await settle();
    time.pass(20);
    const first = await spi.next();
    const at = board.clock.now();
    time.pass(200);
    expect(board.clock.now()).toBe(at);
    const data = await spi.ask("T", Buffer.concat([u32(10_004), Buffer.of(0)]));
    expect(data.type).toBe("D");
    expect(data.payload.length).toBe(10_004);
    expect(board.clock.now() - at).toBeCloseTo(5002, 3);
    expect(spi.pending).toEqual([]);
    spi.send("E");
    const second = await spi.next();
    expect(second.type).toBe("V");
    const apart = Number(second.payload.readBigUInt64LE(0) - first.payload.readBigUInt64LE(0));
    expect(Math.abs(apart - 9497)).toBeLessThan(3);
  });

  test("a VSYNC that is due during a transfer is sent after its data and needs its own E", async () => {
    await enableVsync();
    const { board, time } = bench;
    const spi = await open(SPI);
    spi.send("A");
    await settle();
    time.pass(20);
    await spi.next();
    const data = await spi.ask("T", Buffer.concat([u32(20_008), Buffer.of(0)])); // 10 ms: longer than a segment
    expect(data.type).toBe("D");
    expect((await spi.next()).type).toBe("V");
    const at = board.clock.now();
    spi.send("E");
    await settle();
    time.pass(5);
    expect(board.clock.now()).toBe(at);
    spi.send("E");
    await settle();
    time.pass(5);
    expect(board.clock.now()).toBeGreaterThan(at);
  });

  test("an idle lasts its time, does not hold the clock, and is answered by K", async () => {
    await enableVsync();
    const { board, time } = bench;
    const spi = await open(SPI);
    spi.send("A");
    await settle();
    time.pass(20);
    await spi.next();
    const at = board.clock.now();
    spi.send("I", u32(185_000));
    await settle();
    time.pass(150);
    await settle();
    expect(spi.pending.every((message) => message.type === "V")).toBe(true);
    time.pass(40);
    await settle();
    const last = spi.pending[spi.pending.length - 1];
    expect(["K", "V"]).toContain(last?.type);
    expect(spi.pending.filter((message) => message.type === "K").length).toBe(1);
    expect(board.clock.now() - at).toBeGreaterThanOrEqual(185_000);
  });

  test("a transfer inside an idle is a defect of the firmware", async () => {
    const spi = await open(SPI);
    spi.send("I", u32(1000));
    spi.send("T", Buffer.concat([u32(164), Buffer.of(0)]));
    await spi.closed;
  });

  test("disarming and the end of the connection let the clock run", async () => {
    await enableVsync();
    const { board, time } = bench;
    for (const end of [(spi: LinkClient) => spi.send("Z"), (spi: LinkClient) => spi.close()]) {
      const spi = await open(SPI);
      spi.send("A");
      await settle();
      time.pass(20);
      expect(board.pacer.held).toBe(true);
      end(spi);
      await settle();
      expect(board.pacer.held).toBe(false);
      spi.close();
      await settle();
    }
  });
});

describe("serial", () => {
  test("bytes take their time on the line in both directions, and none is lost", async () => {
    const client = await open(SERIAL);
    const { board, time } = bench;
    const received: Buffer[] = [];
    board.serial.received.subscribe((bytes) => received.push(bytes));
    const sent = Buffer.from(Array.from({ length: 11_500 }, (_, i) => i & 0xff));
    client.write(sent);
    await settle();
    const count = (): number => received.reduce((sum, bytes) => sum + bytes.length, 0);
    for (let i = 0; i < 25; i++) {
      time.pass(10);
      await settle();
    }
    // 250 ms at 23,040 bytes a second
    expect(count()).toBeGreaterThan(5500);
    expect(count()).toBeLessThan(5800);
    for (let i = 0; i < 30; i++) {
      time.pass(10);
      await settle();
    }
    expect(Buffer.concat(received)).toEqual(sent);

    expect(board.serial.write(sent)).toBe(true);
    for (let i = 0; i < 60; i++) {
      time.pass(10);
      await settle();
    }
    expect(client.raw).toEqual(sent);
  });

  test("bytes of the host are lost while the firmware has not opened its end", async () => {
    bench.board.serial.write(Buffer.from("lost"));
    const client = await open(SERIAL);
    bench.time.pass(100);
    await settle();
    expect(client.raw.length).toBe(0);
  });
});

describe("host-spi", () => {
  test("a transfer carries the armed bytes once, takes its time, and is reported to the firmware", async () => {
    const client = await open(HOST_SPI);
    client.send("B", Buffer.from("abcdef"));
    await settle();
    const { hostSpi } = bench.board;
    const read = hostSpi.transfer(8, 7_000_000);
    expect(() => hostSpi.transfer(1, 0)).toThrow(RangeError);
    bench.time.pass(1);
    expect(await read).toEqual(Buffer.from("abcdef\0\0"));
    expect(await client.next()).toEqual({ type: "S", payload: u32(8) });
    const nothing = hostSpi.transfer(3, 0);
    bench.time.pass(1);
    expect(await nothing).toEqual(Buffer.of(255, 255, 255));
    expect(client.pending).toEqual([]);
  });

  test("bytes armed during a transfer go into the next one", async () => {
    const client = await open(HOST_SPI);
    client.send("B", Buffer.from("one"));
    await settle();
    const first = bench.board.hostSpi.transfer(3, 8000);
    client.send("B", Buffer.from("two"));
    await settle();
    bench.time.pass(10);
    expect((await first).toString()).toBe("one");
    const second = bench.board.hostSpi.transfer(3, 8000);
    bench.time.pass(10);
    expect((await second).toString()).toBe("two");
  });

  test("disarming withdraws the bytes, but not those of a running transfer", async () => {
    const client = await open(HOST_SPI);
    const { hostSpi } = bench.board;
    client.send("B", Buffer.alloc(100, 1));
    expect(await client.ask("Z")).toEqual({ type: "Z", payload: Buffer.of(1) });
    expect(hostSpi.armed).toBe(false);
    client.send("B", Buffer.alloc(100, 1));
    await settle();
    const read = hostSpi.transfer(100, 80_000);
    expect(await client.ask("Z")).toEqual({ type: "Z", payload: Buffer.of(0) });
    bench.time.pass(20);
    expect(await read).toEqual(Buffer.alloc(100, 1));
    expect(await client.next()).toEqual({ type: "S", payload: u32(100) });
  });

  test("closing the connection cuts a transfer", async () => {
    const client = await open(HOST_SPI);
    client.send("B", Buffer.alloc(100, 1));
    await settle();
    const read = bench.board.hostSpi.transfer(100, 80_000);
    client.close();
    await settle();
    bench.time.pass(20);
    expect((await read)[99]).toBe(255);
  });

  test("a broken slave closes its connection and cannot be opened until it works again", async () => {
    const client = await open(HOST_SPI);
    bench.board.hostSpi.broken = true;
    await client.closed;
    expect((await open(HOST_SPI)).answer).toEqual({ error: "the SPI slave does not work" });
    bench.board.hostSpi.broken = false;
    expect((await open(HOST_SPI)).answer).toMatchObject({ ok: true });
  });

  test("interference inverts the given number of bits, or fewer where two hit the same bit", async () => {
    const client = await open(HOST_SPI);
    bench.board.hostSpi.bitErrors = 3;
    client.send("B", Buffer.alloc(1000));
    await settle();
    const read = bench.board.hostSpi.transfer(1000, 0);
    bench.time.pass(1);
    const bits = (await read).reduce((sum, byte) => sum + byte.toString(2).replace(/0/g, "").length, 0);
    expect([1, 3]).toContain(bits);
  });
});

describe("key-value", () => {
  const name = (text: string): Buffer => Buffer.concat([Buffer.of(text.length), Buffer.from(text)]);
  const request = (space: string, key: string, ...value: number[]): Buffer =>
    Buffer.concat([name(space), name(key), Buffer.from(value)]);

  test("get, write, delete and iterate", async () => {
    const kv = await open({ open: "key-value" });
    expect((await kv.ask("G", request("s", "k"))).type).toBe("U");
    expect((await kv.ask("W", request("s", "k", 2, 200))).type).toBe("A");
    expect((await kv.ask("W", request("s", "text", 1, 104, 105))).type).toBe("A");
    expect(await kv.ask("G", request("s", "k"))).toEqual({ type: "V", payload: Buffer.of(2, 200) });
    expect((await kv.ask("I", request("s", ""))).payload).toEqual(Buffer.concat([name("k"), name("text")]));
    expect((await kv.ask("D", request("s", "k"))).type).toBe("A");
    expect((await kv.ask("D", request("s", "k"))).type).toBe("A");
    expect((await kv.ask("G", request("s", "k"))).type).toBe("U");
    const refused = await kv.ask("W", request("s", "0123456789abcdef", 2, 1));
    expect(refused.type).toBe("F");
    expect(refused.payload.toString()).toMatch(/1 to 15 bytes/);
  });

  test("a power cut ends the firmware without an answer; acknowledged values are kept", async () => {
    const kv = await open({ open: "key-value" });
    bench.board.cut.arm({ after: 1, on: "key-value" });
    expect((await kv.ask("W", request("s", "k", 2, 1))).type).toBe("A");
    kv.send("W", request("s", "k", 2, 2));
    await kv.closed;
    await settle();
    expect(kv.pending).toEqual([]);
    expect(bench.run().killed).toBe(true);
    expect(bench.board.powered).toBe(false);
    await bench.board.powerOn();
    const again = await open({ open: "key-value" });
    expect((await again.ask("G", request("s", "k"))).payload).toEqual(Buffer.of(2, 1));
  });
});

describe("flash", () => {
  test("read, program and erase, and the refusals of the chip", async () => {
    const flash = await open({ open: "flash", path: "nextota" });
    expect(flash.answer).toEqual({ ok: true, label: "ota_0", size: 2_097_152 });
    expect((await flash.ask("E", u32(0, 512))).type).toBe("A");
    expect((await flash.ask("W", Buffer.concat([u32(4096), Buffer.from("data")]))).type).toBe("A");
    expect((await flash.ask("R", u32(4095, 5))).payload).toEqual(Buffer.from("\xffdata", "latin1"));
    expect((await flash.ask("R", u32(2_097_150, 4))).type).toBe("F");
    expect((await flash.ask("W", Buffer.concat([u32(2_097_150), Buffer.alloc(4)]))).type).toBe("F");
    expect((await flash.ask("E", u32(511, 513))).type).toBe("F");
  });

  test("the running firmware image is read-only", async () => {
    const flash = await open({ open: "flash", path: "running" });
    expect(flash.answer.label).toBe("factory");
    expect((await flash.ask("R", u32(0, 1))).payload).toEqual(Buffer.of(0xe9));
    expect((await flash.ask("E", u32(0, 1))).payload.toString()).toMatch(/running firmware image/);
    expect((await flash.ask("W", Buffer.concat([u32(0), Buffer.of(0)]))).type).toBe("F");
  });
});

describe("flash with the timing of the chip", () => {
  test("answers come in order, each after the duration of its operation", async () => {
    await bench.close();
    bench = await makeBench({ flashTiming: true });
    const flash = await open({ open: "flash", path: "ota_0" });
    flash.send("E", u32(0, 2));
    flash.send("R", u32(0, 1));
    await settle();
    bench.time.pass(80);
    await settle();
    expect(flash.pending).toEqual([]);
    bench.time.pass(20);
    await settle();
    expect(flash.pending.map((message) => message.type)).toEqual(["A", "D"]);
  });
});
