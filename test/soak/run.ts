// SPDX-License-Identifier: Apache-2.0
/** One soak: a camera at full speed on the virtual network, with random events and clients, until its time is over or an invariant fails. */
import { startVirtualCamera } from "../../simulator/board/virtual-camera";
import { projectVersion } from "../../simulator/board/version";
import { Random } from "../../simulator/lepton";
import { visit } from "./client";
import { takeEvent } from "./events";
import { HeapWatch } from "./heap";
import { LedTruth } from "./led-truth";
import type { Violation } from "./violations";
import { command, fetchFile, SettingsVisitor, SignsOfLife, UpdateVisitor } from "./visitors";
import { World } from "./world";

export interface SoakOptions {
  /** Of board time. */
  readonly hours: number;
  readonly seed: number;
  /** Milliseconds: the firmware's clock at each of its starts. */
  readonly startUptime: number;
  /** Year of the camera's clock. */
  readonly year: number;
}

export interface SoakResult {
  readonly violation: Violation | undefined;
  /** Last lines of the log. */
  readonly log: readonly string[];
  readonly report: readonly string[];
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

const WIFI = [{ flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" }, { flags: 0x01 }];

/** @param progress called each minute of board time, with the hours done */
export async function soak(options: SoakOptions, progress: (hours: number) => void): Promise<SoakResult> {
  const { hours, seed, startUptime, year } = options;
  const camera = await startVirtualCamera({
    ...{ control: undefined, network: "virtual", scene: "counter", speed: "max", seed },
    ...(startUptime > 0 && { environment: { TCAM_UPTIME: `${startUptime}` } }),
  });
  try {
    await camera.ready();
    const world = new World(camera, new Random(seed), projectVersion());
    const heap = new HeapWatch(world);
    await new Promise<void>((resolve) =>
      begin(world, heap, { end: world.now + hours * HOUR, year }, progress, resolve),
    );
    const log = camera.log.slice(-40).map(({ board, part, text }) => `${(board / SECOND).toFixed(3)} ${part}: ${text}`);
    return { violation: world.violation, log, report: [...world.counts.lines(), ...heap.lines()] };
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
  const settings = new SettingsVisitor();
  const updates = new UpdateVisitor();
  const start = world.now;
  const life = new SignsOfLife(world);
  const over = (): boolean => world.violation !== undefined || world.now >= end;

  board.journal.events.subscribe(({ type, chip }) => {
    if (type === "chip") world.counts.add(`chip ${String(chip ?? board.chip.state)}`);
  });
  board.journal.lines.subscribe(({ part, text }) => {
    if (text.includes("unhandled exception")) world.violated(`${part}: ${text}`);
  });

  /** Repeats `work`, with pauses of random length between. */
  const repeat = (least: number, most: number, work: () => Promise<void>): void => {
    void (async () => {
      for (;;) {
        await world.pass(world.between(least, most));
        if (over()) return;
        await work();
      }
    })().catch((error: Error) => world.violated(error.stack ?? error.message));
  };
  for (let i = 1; i <= VISITORS; i++) {
    let visits = 0;
    repeat(SECOND, 60 * SECOND, () => visit(world, `client ${i}.${++visits}`));
  }
  repeat(5 * SECOND, 120 * SECOND, () => takeEvent(world));
  repeat(20 * SECOND, 40 * SECOND, () => life.ask());
  repeat(SECOND, 40 * SECOND, () => fetchFile(world));
  repeat(MINUTE, 5 * MINUTE, () => settings.visit(world));
  repeat(5 * MINUTE, 30 * MINUTE, () => updates.visit(world));
  repeat(10 * MINUTE, 40 * MINUTE, async () => {
    if (await command(world, "set_wifi", world.oneOf(WIFI))) world.counts.add("WiFi settings changed");
  });
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
    led.look(known ? world.sessions.size : undefined, updates.running);
    if (++looks % 60 === 0) progress((world.now - start) / HOUR);
    if (over()) done();
    else world.later(SECOND, look);
  };
  look();
}
