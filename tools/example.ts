// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run example NAME`: runs a program of examples/ on this computer, over a virtual board that starts before it and
 * ends after it. What the program prints goes to standard output, everything else to standard error. Ends with the
 * program's exit status.
 */
import { Command } from "commander";
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { formatLine, type LogLine } from "../simulator/board/journal";
import { openScene, SceneError } from "../simulator/board/scenes";
import { startVirtualCamera, type VirtualCamera, VirtualCameraError } from "../simulator/board/virtual-camera";
import { buildFirmware, buildRunner, BuildError, firmwareRoot, runnerProgram, moduleMap } from "./build";
import { EXAMPLES } from "./examples";

const log = (line: string): void => console.error(line);

function logProblem(line: LogLine): void {
  if (line.level === "E" || line.level === "W") log(formatLine(line));
}

/** @returns the program's exit status, 128 + n if signal n ended it */
function run(name: string, camera: VirtualCamera): Promise<number> {
  const options = ["--root", firmwareRoot, "--map", moduleMap];
  const child = spawn(runnerProgram(), [...options, `examples/${name}/main`], {
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, ...camera.firmwareEnvironment },
    // Ctrl-C reaches the program through this one, so that the board outlives it.
    detached: true,
  });
  const end = (): void => void child.kill("SIGTERM");
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

async function main(name: string, { scene }: { scene: string }): Promise<number> {
  openScene(scene); // reports an unknown scene before the build
  await buildRunner({ log });
  const { ok } = await buildFirmware({ log });
  if (!ok) return 1;
  const camera = await startVirtualCamera({ outside: true, scene, onLog: logProblem });
  try {
    log(`Control page with button and LED: http://127.0.0.1:${camera.control}/\nCtrl-C ends it.`);
    return await run(name, camera);
  } finally {
    await camera.stop();
  }
}

const program = new Command("npm run example --")
  .description(`Runs an example over a virtual board: ${EXAMPLES.join(", ")}.`)
  .argument("<name>", "a folder of examples/")
  .option("--scene <name|file>", "what the sensor looks at: a built-in scene or a recorded image (.tjsn)", "default")
  .action((name: string, options: { scene: string }) => {
    if (!EXAMPLES.includes(name)) program.error(`no example ${name}; there are: ${EXAMPLES.join(", ")}`);
    return main(name, options).then((status) => process.exit(status));
  });

program.parseAsync().catch((error: unknown) => {
  const explained = [BuildError, VirtualCameraError, SceneError].some((kind) => error instanceof kind);
  if (error instanceof BuildError && error.details) log(error.details.trimEnd());
  console.error(explained ? `example: ${(error as Error).message}` : error);
  process.exit(1);
});
