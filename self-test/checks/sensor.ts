// SPDX-License-Identifier: Apache-2.0
import type { LeptonConnection } from "boards/board";
import { I2C_ADDRESS, resultOf } from "drivers/lepton/cci";
import { Commands, Operation } from "drivers/lepton/commands";
import { GainMode, Lepton, PARTS } from "drivers/lepton/lepton";
import { textOfWords } from "drivers/lepton/units";
import { sleep, type Timers } from "drivers/timers/timers";
import type { Report } from "self-test/checks/report";

const RESET_PULSE_MS = 10;
/** IDD 2.1.1 requires 950 ms without I2C after the reset. */
const BOOT_MS = 1000;
/** Register STATUS (IDD 2.1.5). */
const STATUS = Object.freeze([0x00, 0x02], true);
const SCAN_TIMEOUT_MS = 20;
const HIGHEST_ADDRESS = 0x77;
/** IDD 4.5.3: 64 bits, low word first. */
const SERIAL_NUMBER = 0x0208;
const SERIAL_WORDS = 4;

type I2CEntry = LeptonConnection["i2c"];

/** Resets the sensor, if the board can, and waits until it has booted. */
export async function resetSensor({ reset }: LeptonConnection, timers: Timers): Promise<void> {
  if (reset) {
    const { io, pin, active } = reset;
    const line = new io({ pin, mode: io.Output, initialValue: active });
    line.write(active);
    await sleep(timers, RESET_PULSE_MS);
    line.write(active ? 0 : 1);
    line.close();
  }
  await sleep(timers, BOOT_MS);
}

/** Reads STATUS at the CCI's address. On failure it names the addresses that answer. */
export const checkI2C = (report: Report, entry: I2CEntry): boolean => {
  const name = `I2C at ${hex(I2C_ADDRESS)}`;
  if (answers(entry, I2C_ADDRESS)) return report.result(name, true, "acknowledged", "acknowledged");
  const others: string[] = [];
  for (let address = 0; address <= HIGHEST_ADDRESS; address++) if (answers(entry, address)) others.push(hex(address));
  const found = others.length ? `${others.join(", ")} answers` : "no address answers";
  return report.result(name, false, `not acknowledged, ${found}`, "acknowledged");
};

const answers = (entry: I2CEntry, address: number): boolean => {
  const i2c = new entry.io({ ...entry, address, timeout: SCAN_TIMEOUT_MS });
  try {
    i2c.write(Uint8Array.from(STATUS));
    i2c.read(2);
    return true;
  } catch {
    return false;
  } finally {
    i2c.close();
  }
};

/** Ping, part number, serial number, and the settings that the video checks need. @returns whether these are set */
export async function checkCCI(report: Report, sensor: I2CEntry, timers: Timers): Promise<boolean> {
  const lepton = new Lepton({ sensor, timers });
  const read = async (word: number, length: number): Promise<Uint16Array> => {
    const { status, data } = await lepton.readCCI(word, length);
    if (resultOf(status) !== 0) throw new Error(`result ${resultOf(status)}`);
    return data;
  };
  try {
    await report.attempt("CCI ping", "result 0", async () => {
      const result = resultOf((await lepton.writeCCI(Commands.SYS_PING.id | Operation.RUN, [])).status);
      return report.result("CCI ping", result === 0, `result ${result}`, "result 0");
    });
    const parts = Object.keys(PARTS).join(", ");
    await report.attempt("CCI part number", parts, async () => {
      const { id, words } = Commands.OEM_PART_NUMBER;
      const part = textOfWords(await read(id, words)).trim();
      return report.result("CCI part number", part.slice(0, 8) in PARTS, part, parts);
    });
    await report.attempt("CCI serial number", "not 0", async () => {
      const words = await read(SERIAL_NUMBER, SERIAL_WORDS);
      const serial = Array.from(words, (word) => word.toString(16).padStart(4, "0"))
        .reverse()
        .join("");
      return report.result("CCI serial number", words.some((word) => word !== 0), `0x${serial}`, "not 0"); // prettier-ignore
    });
    return await report.attempt("CCI settings", "read back as written", async () => {
      await lepton.initialize({ agc: false, emissivity: 100, gain: GainMode.High });
      return report.result("CCI settings", true, "read back as written", "read back as written");
    });
  } finally {
    lepton.close();
  }
}

const hex = (address: number): string => `0x${address.toString(16).toUpperCase().padStart(2, "0")}`;
