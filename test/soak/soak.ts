// SPDX-License-Identifier: Apache-2.0
/** `npm run soak`: see CONTRIBUTING.md. */
import { Command } from "commander";
import { buildFirmware, buildRunner } from "../../tools/build";
import { soak, type SoakOptions } from "./run";

const MINUTE = 1 / 60;
/** Of a smoke run, each `hours` long: one from zero, one over 2^31 ms, one over 2^32 ms and the end of 2099. */
const SMOKE: readonly SoakOptions[] = [
  { hours: 3 * MINUTE, seed: 1, startUptime: 0, year: 2026 },
  { hours: 3 * MINUTE, seed: 2, startUptime: 2 ** 31 - 60_000, year: 2038 },
  { hours: 3 * MINUTE, seed: 3, startUptime: 2 ** 32 - 60_000, year: 2099 },
];

const options = new Command("soak")
  .description("lets things happen to a whole virtual camera at random, and checks it all the time")
  .option("--hours <number>", "board time", Number, 24)
  .option("--seed <number>", "decides what happens, and when", Number, 1)
  .option("--start-uptime <ms>", "the firmware's clock at each of its starts", Number, 0)
  .option("--year <number>", "year that clients set the camera's clock to", Number, 2026)
  .option("--smoke", "three runs of a few minutes of board time")
  .parse()
  .opts<SoakOptions & { smoke?: boolean }>();

function showProgress(hours: number): (done: number) => void {
  const begin = performance.now();
  let last = begin;
  return (done) => {
    const now = performance.now();
    if (now - last < (process.stdout.isTTY ? 1_000 : 60_000)) return;
    last = now;
    const left = ((now - begin) / done) * (hours - done);
    const line = `${done.toFixed(2)} of ${hours} h of board time, ${Math.ceil(left / 60_000)} min left`;
    process.stdout.write(process.stdout.isTTY ? `\r${line} ` : `${line}\n`);
  };
}

/** @returns true when every invariant held */
async function run(one: SoakOptions): Promise<boolean> {
  const { hours, seed, startUptime, year } = one;
  const begin = performance.now();
  const { violation, log, report } = await soak(one, showProgress(hours));
  const seconds = (performance.now() - begin) / 1_000;
  console.log(`seed ${seed}, ${hours.toFixed(2)} h of board time in ${seconds.toFixed(0)} s`);
  for (const line of report) console.log(`  ${line}`);
  if (!violation) return true;
  console.log(log.map((line) => `  ${line}`).join("\n"));
  console.log(`seed ${seed}, board time ${(violation.board / 1_000).toFixed(3)} s: ${violation.message}`);
  const uptime = startUptime > 0 ? ` --start-uptime ${startUptime}` : "";
  console.log(`to repeat it: npm run soak -- --hours ${hours} --seed ${seed}${uptime} --year ${year}`);
  return false;
}

async function main(): Promise<void> {
  await buildFirmware();
  await buildRunner({ variant: "release" });
  for (const one of options.smoke ? SMOKE : [options])
    if (!(await run(one))) {
      process.exitCode = 1;
      return;
    }
}

main().catch((error: Error) => {
  console.error(`soak: ${error.message}`);
  process.exitCode = 1;
});
