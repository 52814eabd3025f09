// SPDX-License-Identifier: Apache-2.0
/** `npm run example` as a user runs it, without npm. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "../real-time";
import { ThermalImage } from "../../../tools/tcam/image";
import { haveEnded, Launcher, processesWith } from "../launcher/launcher";

const recording = join(__dirname, "../../fixtures/lepton35-agc-off.tjsn");
/** The recording in 40 × 15 characters. */
const picture = `
---------------------------=======------
-::::::::----------------====+*%%%%*+=--
:::::::::::------------===+###@@@@@@#%++
...........-----------====+@@@@@@@@@@@=-
..........:----------=====+@@@@@@@@@@@=-
.........::----=--=----====@@@@@@@@@@@=-
.........::---------=======#@@@@@@@@@@%+
:......:::-------------====%#########%=-
::::::::::---------------==+*********+=-
:::::::::--------------====***********==
-----::-------------------=+*********+=-
---------------------------+++++++++++--
---------------------------+++++=+++++--
---------------------------============-
----------------------------=========---
`;

let count = 0;

/** Runs `work` with an example, whose processes all have `mark` in their environment, and ends what is left of it. */
async function withExample(args: string[], work: (example: Launcher, mark: string) => Promise<void>): Promise<void> {
  const value = `${process.pid}.${++count}`;
  const example = new Launcher(args, { TCAM_TEST: value }, "tools/example.ts");
  try {
    await work(example, `TCAM_TEST=${value}`);
  } finally {
    example.kill();
  }
}

const controlOf = async (example: Launcher): Promise<string> =>
  (await example.prints(/Control page.*(http:\/\/\S+)/, { stream: "err" }))[1] as string;

async function button(control: string, action: "down" | "up"): Promise<void> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${control}button`, { method: "POST", headers, body: JSON.stringify({ action }) });
  expect(answer.status).toBe(200);
}

const ledIs = (control: string, color: string): Promise<void> =>
  eventually(`the LED is ${color}`, async () => {
    const { color: now } = (await (await fetch(`${control}led`)).json()) as { color: string };
    return now === color;
  });

test("lepton-snapshot prints part number, temperatures and picture, and leaves nothing behind", async () => {
  const image = new ThermalImage(readFileSync(recording, "utf8"));
  const celsius = (count = 0): string | undefined => image.celsius(count)?.toFixed(1);
  const { min, max } = image.range();
  const centre = celsius(image.pixels[60 * 160 + 80]);
  await withExample(["lepton-snapshot", "--scene", recording], async (example, mark) => {
    const { code, out } = await example.exit;
    expect(out).toBe(`Lepton 500-0771-01\n${celsius(min)} to ${celsius(max)} °C, centre ${centre} °C${picture}`);
    expect(code).toBe(0);
    await haveEnded(mark);
  });
});

test("led-and-button lights the LED while the button is down, and prints each press with its length", async () => {
  await withExample(["led-and-button"], async (example, mark) => {
    const control = await controlOf(example);
    await example.prints(/^press the button\n/);
    await ledIs(control, "off");
    await button(control, "down");
    await ledIs(control, "green");
    await button(control, "up");
    await example.prints(/^press 1: \d+\.\d s\n/m);
    await ledIs(control, "off");
    await button(control, "down");
    await ledIs(control, "red");
    await button(control, "up");
    const [, seconds] = await example.prints(/^press 2: (\d+\.\d) s\n/m);
    expect(Number(seconds)).toBeGreaterThanOrEqual(5);
    example.child.kill("SIGINT");
    const { code, out } = await example.exit;
    expect(out.split("\n")).toHaveLength(4);
    expect(code).toBe(0);
    await haveEnded(mark);
  });
});

test("an example that fails ends the command with its status, and the board with it", async () => {
  await withExample(["led-and-button"], async (example, mark) => {
    await example.prints(/^press the button\n/);
    const isProgram = (pid: number): boolean => readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("xs-runner\0");
    const [program] = processesWith(mark).filter(isProgram);
    process.kill(program as number, "SIGKILL");
    expect((await example.exit).code).toBe(128 + 9);
    await haveEnded(mark);
  });
});

test("an unknown name fails, and lists the examples", async () => {
  await withExample(["nope"], async (example) => {
    const { code, err } = await example.exit;
    expect(err).toBe("no example nope; there are: led-and-button, lepton-snapshot\n");
    expect(code).toBe(1);
  });
});
