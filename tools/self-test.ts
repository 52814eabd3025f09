// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run self-test`: runs the self-test of a board (docs/self-test.md) on this computer, over a virtual board.
 * Its lines go to standard output, everything else to standard error. Exit status: 1 if a check failed.
 */
import { formatLine, type LogLine } from "../simulator/board/journal";
import { startVirtualCamera, VirtualCameraError } from "../simulator/board/virtual-camera";
import { buildFirmware, buildRunner, BuildError } from "./build";

/** Specifier of the self-test's main module on the engine runner. */
export const SELF_TEST_MAIN = "self-test/main";
/** The self-test's last line. */
export const COUNT = /^(\d+) PASS, (\d+) FAIL, (\d+) SKIP$/;

const log = (line: string): void => console.error(line);

/** @returns the number of checks that failed. @throws VirtualCameraError */
async function run(): Promise<number> {
  let end: (failed: number) => void = () => undefined;
  const failed = new Promise<number>((resolve) => (end = resolve));
  const onLog = (line: LogLine): void => {
    if (line.part !== "firmware") {
      if (line.level !== "I") log(formatLine(line));
      // A crash: the board would restart the self-test.
      if (line.level === "E") end(1);
      return;
    }
    console.log(line.text);
    const [, , count] = COUNT.exec(line.text) ?? [];
    if (count !== undefined) end(Number(count));
  };
  const camera = await startVirtualCamera({ main: SELF_TEST_MAIN, onLog });
  try {
    log(`Control page with button and LED: http://127.0.0.1:${camera.control}/`);
    return await failed;
  } finally {
    await camera.stop();
  }
}

async function main(): Promise<void> {
  await buildRunner({ log });
  const { ok } = await buildFirmware({ log });
  if (!ok) throw new BuildError("the self-test is not built");
  process.exitCode = (await run()) > 0 ? 1 : 0;
}

if (require.main === module)
  main().catch((error: unknown) => {
    const explained = error instanceof BuildError || error instanceof VirtualCameraError;
    if (error instanceof BuildError && error.details) log(error.details.trimEnd());
    console.error(explained ? `self-test: ${error.message}` : error);
    process.exitCode = 1;
  });
