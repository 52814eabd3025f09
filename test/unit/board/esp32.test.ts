// SPDX-License-Identifier: Apache-2.0
/** Power, reset, boot selection, crashes and the watchdog, with a fake for the firmware's process. */
import { DiskError } from "../../../simulator/board/storage/disk";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { type Bench, LinkClient, makeBench, settle } from "./fixture";

let bench: Bench;
beforeEach(async () => {
  bench = await makeBench();
});
afterEach(() => bench.close());

const system = (): Promise<LinkClient> => LinkClient.open(bench.socket, { open: "system" });
/** Lets the pause before the restart after a crash pass. */
async function restarted(starts: number): Promise<void> {
  while (bench.runs.length < starts) {
    await settle();
    bench.time.pass(10);
  }
}

test("the system channel reports the running firmware image and the reset cause", async () => {
  expect((await system()).answer).toMatchObject({
    ok: true,
    mac: "c4:dd:57:00:ef:b4",
    resetCause: "power-on",
    partition: "factory",
    version: "4.0",
    project: "tCamMini",
    trial: false,
    crashes: 0,
  });
});

test("the reset pin really ends the firmware and starts it again, with all connections closed", async () => {
  const before = await system();
  await bench.board.reset();
  await before.closed;
  expect(bench.runs.map((run) => run.killed)).toEqual([true, false]);
  expect((await system()).answer.resetCause).toBe("reset-pin");
});

test("exit code 75 restarts the firmware with cause software", async () => {
  await bench.run().exit(75);
  await settle();
  expect(bench.runs.length).toBe(2);
  expect((await system()).answer).toMatchObject({ resetCause: "software", crashes: 0 });
});

test("crashes restart it with cause panic and are counted until it says they no longer count", async () => {
  await bench.run().exit(70);
  await restarted(2);
  expect((await system()).answer).toMatchObject({ resetCause: "panic", crashes: 1 });
  await bench.run().exit(139);
  await restarted(3);
  const client = await system();
  expect(client.answer).toMatchObject({ resetCause: "panic", crashes: 2 });
  client.send("C");
  await settle();
  await bench.board.reset();
  expect((await system()).answer).toMatchObject({ crashes: 0 });
});

test("after an ordinary end the chip waits for a reset", async () => {
  await bench.run().exit(0);
  await settle();
  expect(bench.board.chip.state).toBe("ended");
  await bench.board.reset();
  expect(bench.runs.length).toBe(2);
  expect(bench.board.chip.state).toBe("running");
});

test("without power there is no firmware, no reset, no LED; power-on starts everything again", async () => {
  const led = await LinkClient.open(bench.socket, { open: "digital", pin: 14, mode: "output", level: 1 });
  await bench.board.powerOff();
  await led.closed;
  expect(bench.run().killed).toBe(true);
  expect(bench.board.led.color).toBe("off");
  expect(bench.board.lepton.state().power).toBe("off");
  await bench.board.reset();
  expect(bench.runs.length).toBe(1);
  await bench.board.powerOn();
  expect((await system()).answer.resetCause).toBe("power-on");
  expect(bench.board.lepton.state().power).toBe("booting");
});

test("the firmware is killed before it could see that the power goes", async () => {
  const killed: boolean[] = [];
  bench.board.chip.changed.subscribe(() => killed.push(bench.run().killed));
  await bench.board.powerOff();
  expect(killed).toEqual([true]);
});

test.each([
  ["ends in order", 0],
  ["crashes", 70],
  ["asks for a restart", 75],
])("power that is back before the firmware has noticed starts it once, though it %s meanwhile", async (_, code) => {
  const ended = bench.run().exit(code);
  const off = bench.board.powerOff();
  await Promise.all([ended, off, bench.board.powerOn()]);
  await settle();
  expect(bench.board.chip.state).toBe("running");
  expect(bench.runs.length).toBe(2);
  expect((await system()).answer).toMatchObject({ resetCause: "power-on", crashes: 0 });
  expect(bench.board.journal.since().filter(({ text }) => /firmware has (ended|crashed)/.test(text))).toEqual([]);
});

test("30 s without feeding the watchdog end the firmware, from its start on", async () => {
  bench.board.lepton.power(false); // its frames would only take time
  bench.time.pass(29_000);
  expect(bench.runs.length).toBe(1);
  const client = await system();
  for (let i = 0; i < 4; i++) {
    client.send("W");
    await settle();
    bench.time.pass(29_000);
  }
  expect(bench.runs.length).toBe(1);
  bench.time.pass(1500);
  await settle();
  expect(bench.runs.length).toBe(2);
  expect((await system()).answer).toMatchObject({ resetCause: "watchdog", crashes: 1 });
});

test("a selected firmware image boots on trial at the next restart and stays once marked valid", async () => {
  bench.board.flash.partition("ota_0").flashByCable(makeFirmwareImage({ version: "4.1" }));
  const client = await system();
  expect((await client.ask("B", Buffer.from("ota_1"))).payload.toString()).toBe("not an ESP32 application image");
  expect((await client.ask("B", Buffer.from("nvs"))).type).toBe("F");
  expect(JSON.parse((await client.ask("I", Buffer.from("ota_0"))).payload.toString())).toEqual({
    version: "4.1",
    project: "tCamMini",
    length: 65_536,
    valid: true,
  });
  expect(JSON.parse((await client.ask("I", Buffer.from("ota_1"))).payload.toString())).toMatchObject({ valid: false });
  expect((await client.ask("B", Buffer.from("ota_0"))).type).toBe("A");
  await bench.run().exit(75);
  await settle();
  const next = await system();
  expect(next.answer).toMatchObject({ partition: "ota_0", version: "4.1", trial: true, resetCause: "software" });
  expect(bench.board.chip.choice).toMatchObject({ trial: true });
  expect((await next.ask("M")).type).toBe("A");
  expect(bench.board.chip.choice).toMatchObject({ label: "ota_0", trial: false });
  await bench.board.reset();
  expect((await system()).answer).toMatchObject({ partition: "ota_0", trial: false });
});

test("a trial firmware image that crashes is rolled back", async () => {
  const image = makeFirmwareImage({ version: "4.1", behaviour: { crashAfter: 2000 } });
  bench.board.flash.partition("ota_0").flashByCable(image);
  bench.board.ota.select("ota_0");
  await bench.board.reset();
  expect((await system()).answer).toMatchObject({ partition: "ota_0" });
  bench.time.pass(2001);
  await restarted(3);
  expect((await system()).answer).toMatchObject({ partition: "factory", resetCause: "panic", crashes: 1 });
});

test("a firmware image made to hang is stopped, not ended", async () => {
  bench.board.flash
    .partition("ota_0")
    .flashByCable(makeFirmwareImage({ version: "4.1", behaviour: { hangAfter: 2000 } }));
  bench.board.ota.select("ota_0");
  await bench.board.reset();
  bench.time.pass(2001);
  expect(bench.run().suspended).toBe(true);
  expect(bench.run().killed).toBe(false);
});

test("without a valid firmware image the chip stays ended", async () => {
  bench.board.flash.partition("factory").flashByCable(Buffer.alloc(0));
  await bench.board.reset();
  expect(bench.board.chip.state).toBe("ended");
  bench.board.flash.partition("factory").flashByCable(makeFirmwareImage({ version: "4.0" }));
  await bench.board.reset();
  expect(bench.board.chip.state).toBe("running");
});

test("power cut while the bootloader writes: the power stays off, or returns after the given time", async () => {
  const { board } = bench;
  board.flash.partition("ota_0").flashByCable(makeFirmwareImage({ version: "4.1" }));
  board.ota.select("ota_0");
  board.restoreAfter = 20;
  board.cut.arm({ after: 0, on: "flash" });
  await board.reset();
  await restarted(2);
  expect(board.powered).toBe(true);
  expect((await system()).answer).toMatchObject({ resetCause: "power-on", partition: "factory" });
});

test("printed lines are kept with level and part; a line of another form is kept unchanged", () => {
  bench.run().print("W (1234) vospi: no sync: 3 resyncs");
  bench.run().print("free text");
  bench.run().print("");
  const lines = bench.board.journal.since().filter((line) => line.source === "firmware");
  expect(lines.map(({ level, part, text }) => [level, part, text])).toEqual([
    ["W", "vospi", "no sync: 3 resyncs"],
    ["I", "firmware", "free text"],
  ]);
});

test("a newer version is written to the factory partition at the start; an update stays selected", async () => {
  bench.board.flash.partition("ota_0").flashByCable(makeFirmwareImage({ version: "4.7" }));
  bench.board.ota.select("ota_0");
  bench.board.ota.boot(() => undefined);
  bench.board.ota.markValid("ota_0");
  const directory = bench.directory;
  await bench.board.stop();
  const again = await makeBench({ directory, version: "4.2" });
  expect(again.board.ota.image("factory")).toMatchObject({ version: "4.2" });
  expect(again.board.chip.choice).toMatchObject({ label: "ota_0", image: { version: "4.7" } });
  await again.close();
});

test("a failing disk refuses a boot choice and a start with its reason, and the board goes on", async () => {
  const firmware = await system();
  const failure = "otadata.bin: i/o error";
  const otadata = bench.board.flash.partition("otadata");
  const fail = (): never => {
    throw new DiskError(failure);
  };
  const spies = [jest.spyOn(otadata, "read"), jest.spyOn(otadata, "erase")].map((spy) => spy.mockImplementation(fail));
  for (const type of ["B", "M"]) {
    const { type: answer, payload } = await firmware.ask(type, Buffer.from("factory"));
    expect([answer, payload.toString()]).toEqual(["F", failure]);
  }
  await bench.board.reset();
  expect(bench.board.chip.state).toBe("ended");
  expect(bench.board.journal.since().at(-1)).toMatchObject({
    level: "E",
    text: `the flash cannot be read or written: ${failure}`,
  });
  for (const spy of spies) spy.mockRestore();
  await bench.board.reset();
  expect(bench.board.chip.state).toBe("running");
});
