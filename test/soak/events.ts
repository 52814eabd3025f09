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

type Event = readonly [share: number, name: string, work: (world: World) => Promise<void> | void];

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

const EVENTS: readonly Event[] = [
  [40, "sensor fault", sensorFault],
  [6, "short press", ({ camera, random }) => void camera.board.press(30 + random.below(1_000))],
  [2, "long press", ({ camera }) => void camera.board.press(5_600)],
  [4, "firmware stall", ({ camera, random }) => camera.board.firmwareStalls(1 + random.below(2_000))],
  [3, "power cut", powerCut],
  [2, "reset pin", ({ camera }) => camera.board.reset()],
  [4, "WiFi lost", wifiLost],
  [4, "slow network", slowNetwork],
  [2, "connections reset", ({ camera }) => camera.board.network.resetConnections()],
];

const DISTURBING = ["WiFi lost", "slow network", "connections reset"];

/** One random event; resolves when it is over. */
export async function takeEvent(world: World): Promise<void> {
  let left = world.random.below(EVENTS.reduce((sum, [share]) => sum + share, 0));
  for (const [share, name, work] of EVENTS) {
    if ((left -= share) >= 0) continue;
    if (world.camera.board.buttonDown && name.endsWith("press")) return;
    world.counts.add(`event ${name}`);
    if (DISTURBING.includes(name)) world.disturbed = world.now;
    world.changed = world.now;
    await work(world);
    world.changed = world.now;
    if (DISTURBING.includes(name)) world.disturbed = world.now;
    return;
  }
}
