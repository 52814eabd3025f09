// SPDX-License-Identifier: Apache-2.0
/** `tcam cci`: the Lepton's command interface. */
import { type Command } from "commander";
import { integer, word, words } from "./arguments";
import { CommandFailed, record, type Answer, type Connection } from "./connection";
import { ProtocolError } from "./messages";
import { print } from "./program";

/** Limit of a command's data in words. */
const MAX_WORDS = 512;

/** @throws CommandFailed when the sensor's result is an error */
function printAnswer(answer: Answer): void {
  const { status, data } = record(answer["cci_reg"], "cci_reg");
  if (typeof status !== "number") throw new ProtocolError("the camera's cci_reg has no status");
  const result = (status << 16) >> 24;
  print(`status ${hex(status)}, result ${result}`);
  if (typeof data === "string") {
    const bytes = Buffer.from(data, "base64");
    const read = Array.from({ length: Math.floor(bytes.length / 2) }, (_, i) => bytes.readUInt16LE(2 * i));
    print(read.map(hex).join(" "));
  }
  if (result < 0) throw new CommandFailed(`the sensor refused the command: result ${result}`);
}

const hex = (value: number): string => `0x${value.toString(16).padStart(4, "0")}`;

function encode(data: readonly number[]): string {
  const bytes = Buffer.alloc(2 * data.length);
  data.forEach((value, i) => bytes.writeUInt16LE(value, 2 * i));
  return bytes.toString("base64");
}

/** @param withCamera connects, and closes what it has connected */
export function addCciCommands(
  program: Command,
  withCamera: (work: (camera: Connection) => Promise<void>) => Promise<void>,
): void {
  const cci = program.command("cci").description("read and write the Lepton's command interface");
  cci
    .command("get")
    .description("for example: tcam cci get 0x4ec0 2")
    .argument("<command>", "a GET command of the Lepton's interface description", word)
    .argument("<words>", `how many to read, 1 to ${MAX_WORDS}`, integer(1, MAX_WORDS))
    .action((command: number, length: number) =>
      withCamera(async (camera) => printAnswer(await camera.call("get_lep_cci", { command, length }))),
    );
  cci
    .command("set")
    .description("for example: tcam cci set 0x4ec1 1 0; no words: run the command")
    .argument("<command>", "a SET or RUN command", word)
    .argument("[word...]", `16-bit words, at most ${MAX_WORDS}`, words(MAX_WORDS))
    .action((command: number, data: number[] = []) =>
      withCamera(async (camera) => {
        const args = { command, length: data.length, ...(data.length > 0 && { data: encode(data) }) };
        printAnswer(await camera.call("set_lep_cci", args));
      }),
    );
}
