// SPDX-License-Identifier: Apache-2.0
import { CCI } from "drivers/lepton/cci";
import { Commands } from "drivers/lepton/commands";
import { ReplayBus } from "../fakes/replay-bus";
import { VirtualTimers } from "../fakes/virtual-timers";

/** Runs `operation` against a bus trace written by hand from the IDD; resolves to its value when the trace was followed to its end. */
async function replay<T>(bus: ReplayBus, operation: (cci: CCI) => Promise<T>): Promise<T> {
  const timers = new VirtualTimers();
  const cci = new CCI({ sensor: { data: 23, clock: 22, hz: 100_000, io: bus.io }, timers });
  const value = await timers.settle(operation(cci));
  bus.finish();
  return value;
}

const hex = (count: number, from = 0): string =>
  Array.from({ length: count }, (_, i) => (from + i).toString(16).padStart(4, "0")).join(" ");

const CASES: { name: string; trace: string; operation: (cci: CCI) => Promise<unknown>; value: unknown }[] = [
  {
    name: "GET polls STATUS, gives length and command, polls again and reads DATA 0",
    trace: `
      w 0002
      r 0006          ; ready
      w 0006 0002     ; two words
      w 0004 0100     ; GET AGC enable
      w 0002
      r 0006
      w 0008
      r 0001 0000`,
    operation: (cci) => cci.get(Commands.AGC_ENABLE),
    value: new Uint16Array([1, 0]),
  },
  {
    name: "SET writes the data before the command",
    trace: `
      w 0002
      r 0006
      w 0008 0005 0000 ; low word first
      w 0006 0002
      w 0004 4855
      w 0002
      r 0006`,
    operation: (cci) => cci.set(Commands.OEM_GPIO_MODE, [5, 0]),
    value: undefined,
  },
  {
    name: "RUN has length 0",
    trace: `
      w 0002
      r 0006
      w 0006 0000
      w 0004 0242
      w 0002
      r 0007          ; busy
      w 0002
      r 0006`,
    operation: (cci) => cci.run(Commands.SYS_FFC),
    value: undefined,
  },
  {
    name: "a Lepton that is busy or still boots is waited for before anything is written",
    trace: `
      w 0002
      r 0000          ; not booted
      w 0002
      r 0007          ; busy
      w 0002
      r 0006
      w 0006 0000
      w 0004 0202
      w 0002
      r 0006`,
    operation: (cci) => cci.run(Commands.SYS_PING),
    value: undefined,
  },
  {
    name: "16 words go through the data registers in one transaction",
    trace: `
      w 0002
      r 0006
      w 0006 0010
      w 0004 481c
      w 0002
      r 0006
      w 0008
      r ${hex(16)}`,
    operation: async (cci) => (await cci.get(Commands.OEM_PART_NUMBER)).length,
    value: 16,
  },
  {
    name: "more than 16 words are read from block buffer 0, 32 bytes at a time",
    trace: `
      w 0002
      r 0006
      w 0006 0025
      w 0004 4818
      w 0002
      r 0006
      w f800
      r ${hex(16, 0x100)}
      w f820
      r ${hex(16, 0x110)}
      w f840
      r ${hex(5, 0x120)}`,
    operation: (cci) => cci.read(0x4818, 37),
    value: { status: 6, data: Uint16Array.from({ length: 37 }, (_, i) => 0x100 + i) },
  },
  {
    name: "more than 16 words are written to block buffer 0, 16 bytes at a time",
    trace: `
      w 0002
      r 0006
      w f800 ${hex(8)}
      w f810 ${hex(8, 8)}
      w f820 0010
      w 0006 0011
      w 0004 0309
      w 0002
      r 0006`,
    operation: (cci) =>
      cci.write(
        0x0309,
        Array.from({ length: 17 }, (_, i) => i),
      ),
    value: { status: 6, data: new Uint16Array(0) },
  },
  {
    name: "a refusal is in the status of a raw read, with whatever the registers hold",
    trace: `
      w 0002
      r 0006
      w 0006 0001
      w 0004 0600
      w 0002
      r f906
      w 0008
      r 1234`,
    operation: (cci) => cci.read(0x0600, 1),
    value: { status: 0xf906, data: new Uint16Array([0x1234]) },
  },
];

test.each(CASES)("$name", async ({ trace, operation, value }) => {
  expect(await replay(new ReplayBus(trace), operation)).toEqual(value);
});

test.each(CASES)("without the last transaction it is an error: $name", async ({ trace, operation }) => {
  await expect(replay(new ReplayBus(trace).truncated(), operation)).rejects.toThrow(/end of trace/);
});

test.each(CASES)("with one more transaction in the trace it is an error: $name", async ({ trace, operation }) => {
  await expect(replay(new ReplayBus(`${trace}\nw 0002`), operation)).rejects.toThrow(/stopped before/);
});
