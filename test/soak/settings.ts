// SPDX-License-Identifier: Apache-2.0
/** Stored settings are the old or the new ones after a change, also after a power cut inside it. */
import type { Answer } from "../../tools/tcam/connection";
import { connected } from "./visitors";
import type { World } from "./world";

type Values = Readonly<Record<string, string | number>>;

interface Group {
  /** Name in the report. */
  readonly name: string;
  readonly get: string;
  readonly set: string;
  /** The stored values in the answer to `get`. */
  readonly stored: (answer: Answer) => Values;
  /** Arguments of `set`; those that `stored` returns are compared. */
  readonly change: (world: World) => Values;
  /** Resets by the button that may have stored `defaults`. */
  readonly resets: (world: World) => number;
  readonly defaults: Values;
}

interface Config {
  readonly agc_enabled: number;
  readonly emissivity: number;
  readonly gain_mode: number;
}

export const CAMERA_GROUP: Group = {
  name: "camera settings",
  get: "get_config",
  set: "set_config",
  stored: (answer) => {
    const { agc_enabled, emissivity, gain_mode } = answer["config"] as Config;
    return { agc_enabled, emissivity, gain_mode };
  },
  change: (world) => ({
    agc_enabled: world.between(0, 2),
    emissivity: world.between(1, 101),
    gain_mode: world.between(0, 3),
  }),
  resets: () => 0,
  defaults: {},
};

/** Bits of `flags` that are stored; the others describe the present state. */
const STORED_FLAGS = 0x91;

export const WIFI_GROUP: Group = {
  name: "WiFi settings",
  get: "get_wifi",
  set: "set_wifi",
  stored: (answer) => {
    const { ap_ssid, sta_ssid, flags } = answer["wifi"] as { ap_ssid: string; sta_ssid: string; flags: number };
    return { ap_ssid, sta_ssid, flags: flags & STORED_FLAGS };
  },
  change: (world) => ({
    ap_ssid: `Soak ${world.between(0, 1_000)}`,
    ...(world.between(0, 2) === 0 ? { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" } : { flags: 0x01 }),
  }),
  resets: (world) => world.wifiResets,
  defaults: { ap_ssid: "tCam-Mini-EFB5", sta_ssid: "", flags: 0x01 },
};

/** Milliseconds of board time of one connection. */
const LIMIT = 60_000;

export class SettingsVisitor {
  readonly #group: Group;
  #allowed: Values[] | undefined;
  #resets = 0;

  constructor(group: Group) {
    this.#group = group;
  }

  async visit(world: World): Promise<void> {
    const group = this.#group;
    const answer = await connected(world, LIMIT, (one) => one.call(group.get)).catch(() => undefined);
    if (!answer) return;
    const stored = group.stored(answer);
    if (this.#resets !== group.resets(world)) this.#allowed?.push(group.defaults);
    if (this.#allowed && !this.#allowed.some((values) => same(values, stored)))
      return world.violated(`${group.name} ${JSON.stringify(stored)}, not one of ${JSON.stringify(this.#allowed)}`);
    world.counts.add(`${group.name} checked`);
    this.#resets = group.resets(world);
    const change = group.change(world);
    const changed = { ...stored, ...pick(change, Object.keys(stored)) };
    this.#allowed = [stored, changed];
    const cuts = world.random.below(3) === 0 && !world.restartless;
    let outcome = "";
    const cut = await world.withCut(cuts ? { after: 0, on: "key-value" } : undefined, async () => {
      outcome = await connected(world, LIMIT, (one) => one.call(group.set, change)).then(
        () => "done",
        (error: Error) => error.message,
      );
    });
    // A restart of the network follows the answer.
    if (group === WIFI_GROUP) world.interrupted = world.now;
    if (cut) world.counts.add(`power cuts inside a change of ${group.name}`);
    const reset = this.#resets !== group.resets(world);
    if (outcome === "done" && !reset) this.#allowed = [changed];
    else if (outcome.startsWith(`${group.set} failed`)) this.#allowed = [stored];
    world.counts.add(`${group.name} ${outcome === "done" ? "changed" : "not changed"}`);
  }
}

function same(one: Values, other: Values): boolean {
  return Object.entries(other).every(([key, value]) => one[key] === value);
}

function pick(values: Values, keys: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([key]) => keys.includes(key)));
}
