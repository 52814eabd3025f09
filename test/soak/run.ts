// SPDX-License-Identifier: Apache-2.0
/** One soak: a camera at full speed on the virtual network, with random events and clients, until its time is over or an invariant fails. */
import { startVirtualCamera } from "../../simulator/board/virtual-camera";
import { projectVersion } from "../../simulator/board/version";
import { Random } from "../../simulator/lepton";
import { RunRecord } from "../../simulator/board/run-record";
import { visit } from "./client";
import { takeEvent } from "./events";
import { HeapWatch } from "./heap";
import { LedTruth } from "./led-truth";
import { fetchFile } from "./http";
import { CAMERA_GROUP, SettingsVisitor, WIFI_GROUP } from "./settings";
import { watchEvents, watchVideo } from "./streams";
import { UpdateVisitor, watchVersions } from "./updates";
import type { Violation } from "./violations";
import { command, SignsOfLife } from "./visitors";
import { World } from "./world";

export interface SoakOptions {
  /** Of board time. */
  readonly hours: number;
  readonly seed: number;
  /** Milliseconds: the firmware's clock at each of its starts. */
  readonly startUptime: number;
  /** Year of the camera's clock. */
  readonly year: number;
  /** Time passes only here, and the result has a record. Default false. */
  readonly stepped?: boolean;
}

export interface SoakResult {
  readonly violation: Violation | undefined;
  /** Last lines of the log. */
  readonly log: readonly string[];
  readonly report: readonly string[];
  /** What the camera did (RunRecord), without measurements of the heap. Empty unless `stepped`. */
  readonly record: readonly string[];
  /** CRC-32 of all that clients received. */
  readonly digest: number;
}

/** Milliseconds of board time. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** The camera has found by then that a client has left without a word. */
const FORGOTTEN = 200 * SECOND;
const HEAP_INTERVAL = 150 * SECOND;
/** In a short run too: the first ones set the level, and the others are compared with it. */
const HEAP_MEASUREMENTS = 20;
const VISITORS = 3;
const VIEWERS = 2;
/** Of every two such times the second one is without restarts. */
const RESTARTLESS = 2 * HOUR;

/** @param progress called each minute of board time, with the hours done */
export async function soak(options: SoakOptions, progress: (hours: number) => void): Promise<SoakResult> {
  const { hours, seed, startUptime, year, stepped = false } = options;
  const camera = await startVirtualCamera({
    ...{ control: undefined, network: "virtual", scene: "counter", seed },
    speed: stepped ? "stepped" : "max",
    ...(startUptime > 0 && { environment: { TCAM_UPTIME: `${startUptime}` } }),
  });
  try {
    await camera.ready();
    const world = new World(camera, new Random(seed), projectVersion());
    const heap = new HeapWatch(world);
    const record = stepped ? new RunRecord(camera.board) : undefined;
    let over = false;
    const done = new Promise<void>((resolve) =>
      begin(world, heap, { end: world.now + hours * HOUR, year }, progress, resolve),
    ).finally(() => (over = true));
    while (stepped && !over) await camera.advance(SECOND);
    await done;
    record?.end();
    const log = camera.log.slice(-40).map(({ board, part, text }) => `${(board / SECOND).toFixed(3)} ${part}: ${text}`);
    return {
      ...{ violation: world.violation, digest: world.digest, log },
      report: [...world.counts.lines(), ...heap.lines()],
      record: (record?.lines ?? []).filter((line) => !line.includes('{"heap":')),
    };
  } finally {
    await camera.stop();
  }
}

function begin(
  world: World,
  heap: HeapWatch,
  { end, year }: { end: number; year: number },
  progress: (hours: number) => void,
  done: () => void,
): void {
  const { board } = world.camera;
  const led = new LedTruth(world);
  const settings = [new SettingsVisitor(CAMERA_GROUP), new SettingsVisitor(WIFI_GROUP)] as const;
  const updates = new UpdateVisitor();
  const start = world.now;
  const life = new SignsOfLife(world);
  watchVersions(world);
  const over = (): boolean => world.violation !== undefined || world.now >= end;

  board.journal.events.subscribe(({ type, chip }) => {
    if (type === "chip") world.counts.add(`chip ${String(chip ?? board.chip.state)}`);
  });
  board.journal.lines.subscribe(({ part, text }) => {
    if (text.includes("unhandled exception")) world.violated(`${part}: ${text}`);
  });

  /** Repeats `work`, with pauses of random length between; the first one is short. */
  const repeat = (least: number, most: number, work: () => Promise<void>): void => {
    void (async () => {
      await world.pass(world.between(SECOND, Math.min(most, MINUTE)));
      while (!over()) {
        await work();
        await world.pass(world.between(least, most));
      }
    })().catch((error: Error) => world.violated(error.stack ?? error.message));
  };
  for (let i = 1; i <= VISITORS; i++) {
    let visits = 0;
    repeat(SECOND, 60 * SECOND, () => visit(world, `client ${i}.${++visits}`));
  }
  for (let i = 0; i < VIEWERS; i++) repeat(SECOND, 4 * MINUTE, () => watchVideo(world));
  repeat(SECOND, MINUTE, () => watchEvents(world));
  repeat(5 * SECOND, 120 * SECOND, () => takeEvent(world));
  repeat(20 * SECOND, 40 * SECOND, () => life.ask());
  repeat(SECOND, 40 * SECOND, () => fetchFile(world));
  repeat(MINUTE, 5 * MINUTE, () => settings[0].visit(world));
  repeat(5 * MINUTE, 20 * MINUTE, () => settings[1].visit(world));
  repeat(5 * MINUTE, 30 * MINUTE, () => updates.visit(world));
  repeat(MINUTE, 20 * MINUTE, async () => {
    // Shortly before the year ends.
    const time = { sec: 0, min: world.between(30, 60), hour: 23, dow: 5, day: 31, mon: 12, year: year - 1970 };
    if (await command(world, "set_time", time)) world.counts.add("clock set");
  });

  // Ends at a moment of real time, so nothing that the seed decides may follow from it.
  const interval = Math.min(HEAP_INTERVAL, (end - start) / HEAP_MEASUREMENTS);
  const measure = (): void => {
    if (over()) return;
    heap.measure().catch((error: Error) => world.violated(error.message));
    world.later(interval, measure);
  };
  world.later(interval, measure);

  let looks = 0;
  const look = (): void => {
    life.passed(SECOND);
    const known = world.now - world.disturbed > FORGOTTEN;
    led.look(known ? world.sessions.size : undefined);
    world.restartless = Math.floor((world.now - start) / RESTARTLESS) % 2 === 1;
    if (++looks % 60 === 0) progress((world.now - start) / HOUR);
    if (over()) {
      // The report is that of this moment, at full speed too.
      if (world.camera.speed === "max") world.camera.setSpeed("stepped");
      done();
    } else world.later(SECOND, look);
  };
  look();
}
