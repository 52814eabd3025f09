// SPDX-License-Identifier: Apache-2.0
/** What happens to the camera of a soak at random: sensor faults, power, WiFi, button, hangs, network. */
import { FAULT_NAMES, type FaultName, FAULTS } from "../../simulator/lepton";
import type { World } from "./world";

const HOME = "HomeNetwork";
const STATION = "02:00:00:00:20:01";
/** CRC-16 finds every error of up to three bits in a packet. */
const MOST_BITS = 3;
/** Faults that replace pixels and leave the packets valid. */
const PIXEL_FAULTS: readonly FaultName[] = ["zeroPixels", "overclock"];
/** A frame read before the end of a fault is delivered within this time: milliseconds. */
const DELIVERED = 10_000;
/** Faults last until a reset of the sensor or the end of its power. */
const LONGEST_FAULT = 20_000;

interface Event {
  readonly share: number;
  readonly work: (world: World) => Promise<void> | void;
  /** It may end or delay connections while it lasts. */
  readonly disturbs?: true;
  readonly restarts?: true;
}

function sensorFault(world: World): void {
  const { camera, random } = world;
  const name = world.oneOf(FAULT_NAMES);
  const kind = FAULTS[name];
  const range = "value" in kind ? kind.value : undefined;
  const durationMs = world.between(1, LONGEST_FAULT);
  const most = name === "bitErrors" ? MOST_BITS : 1_000;
  camera.board.lepton.faults.set(name, {
    durationMs,
    probability: random.uniform() ** 3,
    ...(range && { value: range.min + random.below(Math.min(most, range.max - range.min + 1)) }),
  });
  world.counts.add(`sensor fault ${name}`);
  if (PIXEL_FAULTS.includes(name))
    world.pixelsUncheckedUntil = Math.max(world.pixelsUncheckedUntil, world.now + durationMs + DELIVERED);
}

async function powerCut(world: World): Promise<void> {
  const { board } = world.camera;
  await board.powerOff();
  await world.pass(world.between(1, 5_000));
  await board.powerOn();
}

async function wifiLost(world: World): Promise<void> {
  const { board } = world.camera;
  board.radio.setNetwork({ ssid: HOME, inRange: false });
  board.radio.stationLeaves(STATION);
  board.network.conditions = { ...board.network.conditions, reachable: false };
  await world.pass(world.between(1_000, 90_000));
  board.network.conditions = { ...board.network.conditions, reachable: true };
  board.radio.setNetwork({ ssid: HOME, inRange: true });
  board.radio.stationJoins({ mac: STATION, auto: true });
}

async function slowNetwork(world: World): Promise<void> {
  const { network } = world.camera.board;
  network.conditions = { delay: world.between(0, 200), loss: world.random.uniform() * 0.05 };
  await world.pass(world.between(1_000, 60_000));
  network.conditions = {};
}

const EVENTS: Readonly<Record<string, Event>> = {
  "sensor fault": { share: 40, work: sensorFault },
  "short press": { share: 6, work: ({ camera, random }) => void camera.board.press(30 + random.below(1_000)) },
  "long press": { share: 2, work: ({ camera }) => void camera.board.press(5_600) },
  "firmware stall": { share: 4, work: ({ camera, random }) => camera.board.firmwareStalls(1 + random.below(2_000)) },
  "power cut": { share: 3, work: powerCut, restarts: true },
  "reset pin": { share: 2, work: ({ camera }) => camera.board.reset(), restarts: true },
  "WiFi lost": { share: 4, work: wifiLost, disturbs: true },
  "slow network": { share: 4, work: slowNetwork, disturbs: true },
  "connections reset": { share: 2, work: ({ camera }) => camera.board.network.resetConnections(), disturbs: true },
};

/** One random event; resolves when it is over. */
export async function takeEvent(world: World): Promise<void> {
  const events = Object.entries(EVENTS).filter(([, { restarts }]) => !(restarts && world.restartless));
  let left = world.random.below(events.reduce((sum, [, { share }]) => sum + share, 0));
  const [name, event] = events.find(([, { share }]) => (left -= share) < 0) as (typeof events)[number];
  if ((world.camera.board.buttonDown || world.buttonless) && name.endsWith("press")) return;
  world.counts.add(`event ${name}`);
  world.changed = world.now;
  if (event.disturbs) {
    world.disturbing += 1;
    world.disturbed = world.now;
  }
  await event.work(world);
  world.changed = world.now;
  if (!event.disturbs) return;
  world.disturbing -= 1;
  world.disturbed = world.now;
}
