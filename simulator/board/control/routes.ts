// SPDX-License-Identifier: Apache-2.0
/** The paths of the control API (docs/simulator.md). */
import { FAULT_NAMES, FAULTS, isFaultName, type FaultSetting } from "../../lepton";
import type { VirtualBoard, Mode } from "../virtual-board";
import type { Speed } from "../pacer";
import { SceneError } from "../scenes";
import { KeyValueError, VALUE_TYPES } from "../storage/key-value-store";
import { Fields, InputError } from "./fields";
import { describePicture } from "./picture";
import { radioRoutes } from "./radio-routes";
import type { Route, Routes } from "./route";

/** The camera as the control API sees it. */
export interface ControlledCamera {
  readonly board: VirtualBoard;
  /** Ports and paths of the virtual camera. */
  describe(): Readonly<Record<string, unknown>>;
  /** @param name of a built-in scene or path of a file. @throws SceneError */
  setScene(name: string): void;
  /** A recorded image as a parsed JSON object. @throws SceneError */
  setRecording(image: object): void;
  /** Sets the speed of board and firmware. @throws InputError for a firmware that runs in real time */
  setSpeed(speed: Speed): void;
}

/** Longest press and pause that the API accepts, in milliseconds. */
const MAX_MS = 600_000;
export const MAX_SPEED = 100;
export const NAMED_SPEEDS = ["max", "stepped"] as const;
/** Longest step, in milliseconds of board time: a day. */
const MAX_ADVANCE = 86_400_000;

export function makeRoutes(camera: ControlledCamera): Routes {
  const { board } = camera;
  return new Map<string, Route>([
    ["/state", { get: () => describe(camera) }],
    ["/log", { get: (query) => board.journal.since(after(query, 0)) }],
    ["/led", { get: (query) => led(board, query) }],
    ["/picture", { get: () => describePicture(board) }],
    ["/button", { post: (body) => button(board, body) }],
    ["/reset", { post: (body) => reset(board, body) }],
    ["/power", { post: (body) => power(board, body) }],
    ["/mode", { get: () => ({ mode: board.mode }), post: (body) => mode(board, body) }],
    ["/scene", { get: () => ({ scene: board.lepton.scene.name }), post: (body) => scene(camera, body) }],
    ["/faults", { get: () => describeFaults(board), post: (body) => faults(board, body) }],
    ["/speed", { get: () => ({ speed: board.pacer.speed }), post: (body) => speed(camera, body) }],
    ["/advance", { post: (body) => advance(board, body) }],
    ["/firmware-stall", { post: (body) => stall(board, body) }],
    ["/storage", { get: () => describeStorage(board) }],
    ["/power-cut", { post: (body) => powerCut(board, body) }],
    ["/key-value", { get: () => board.keyValue.describe(), post: (body) => keyValue(board, body) }],
    ["/host-spi", { post: (body) => hostSpi(board, body) }],
    ...radioRoutes(board.radio),
  ]);
}

function describe(camera: ControlledCamera): unknown {
  const { board } = camera;
  board.pacer.sync();
  const { chip, pacer } = board;
  return {
    ...camera.describe(),
    board: { ms: board.clock.now() / 1000, speed: pacer.speed, behindMs: Math.max(0, pacer.behind), slippedMs: pacer.slipped, overdue: pacer.overdue, firmware: pacer.firmware.state }, // prettier-ignore
    chip: {
      state: chip.state,
      resetCause: chip.cause,
      starts: chip.starts,
      crashes: chip.crashes,
      partition: chip.choice?.label ?? null,
      version: chip.choice?.image.version ?? null,
      trial: chip.choice?.trial ?? false,
      pid: chip.pid ?? null,
    },
    mode: board.mode,
    button: board.buttonDown ? "down" : "up",
    led: { color: board.led.color, changes: board.led.since().slice(-20) },
    lepton: board.lepton.state(),
    radio: board.radio.describe(),
    hostSpi: {
      armed: board.hostSpi.armed,
      transfers: board.hostSpi.transfers,
      bitErrors: board.hostSpi.bitErrors,
      broken: board.hostSpi.broken,
    },
    storage: describeStorage(board),
    log: board.journal.since().slice(-20),
  };
}

function describeStorage(board: VirtualBoard): Record<string, unknown> {
  return { operations: board.cut.counts, powerCut: board.cut.plan ?? null, otadata: board.ota.describe() };
}

function describeFaults(board: VirtualBoard): unknown {
  return board.lepton.faults.list().map((fault) => ({ ...fault, ...FAULTS[fault.name] }));
}

function after(query: URLSearchParams, otherwise: number): number {
  const text = query.get("after");
  if (text === null) return otherwise;
  const value = Number(text);
  if (text === "" || !Number.isFinite(value)) throw new InputError("after must be a number");
  return value;
}

function led(board: VirtualBoard, query: URLSearchParams): unknown {
  board.pacer.sync();
  return { color: board.led.color, board: board.clock.now() / 1000, changes: board.led.since(after(query, -1)) };
}

async function button(board: VirtualBoard, body: unknown): Promise<void> {
  const fields = new Fields(body, ["action", "press"]);
  if (fields.has("press") === fields.has("action"))
    throw new InputError('either "action" ("down" or "up") or "press" (milliseconds) is needed');
  if (fields.has("press")) await board.press(fields.number("press", 1, MAX_MS));
  else board.buttonDown = fields.oneOf("action", ["down", "up"]) === "down";
}

async function reset(board: VirtualBoard, body: unknown): Promise<void> {
  new Fields(body, []);
  if (!board.powered) throw new InputError("the board has no power");
  await board.reset();
}

async function power(board: VirtualBoard, body: unknown): Promise<void> {
  const fields = new Fields(body, ["on", "cycle"]);
  if (fields.has("on") === fields.has("cycle"))
    throw new InputError('either "on" (true or false) or "cycle" (milliseconds without power) is needed');
  if (fields.has("on")) return fields.boolean("on") ? board.powerOn() : board.powerOff();
  const pause = fields.number("cycle", 0, MAX_MS);
  await board.powerOff();
  const { clock, pacer } = board;
  const end = clock.now() + pause * 1000;
  await pacer.until(() => clock.now() >= end, pause);
  await board.powerOn();
}

function mode(board: VirtualBoard, body: unknown): unknown {
  const fields = new Fields(body, ["mode"]);
  board.mode = fields.oneOf<Mode>("mode", ["wifi", "serial"]);
  return { mode: board.mode, note: "the firmware reads the jumper at its start: reset it" };
}

function scene(camera: ControlledCamera, body: unknown): unknown {
  const fields = new Fields(body, ["scene", "image"]);
  if (fields.has("scene") === fields.has("image"))
    throw new InputError('either "scene" (a name or a file) or "image" (a recorded image) is needed');
  try {
    if (fields.has("scene")) camera.setScene(fields.string("scene"));
    else camera.setRecording(fields.object("image"));
  } catch (error) {
    throw error instanceof SceneError ? new InputError(error.message) : error;
  }
  return { scene: camera.board.lepton.scene.name };
}

const FAULT_FIELDS = ["probability", "count", "durationMs", "afterMs", "value", "command"] as const;

function faults(board: VirtualBoard, body: unknown): unknown {
  const fields = new Fields(body, ["name", "on", "clear", ...FAULT_FIELDS]);
  const switches = board.lepton.faults;
  board.pacer.sync();
  if (fields.has("clear")) {
    const name = fields.oneOf("clear", ["all", ...FAULT_NAMES]);
    switches.clear(name === "all" ? undefined : name);
    return switches.list().filter((fault) => fault.on);
  }
  const name = fields.string("name");
  if (!isFaultName(name))
    throw new InputError(`no fault ${JSON.stringify(name)}; the faults are: ${FAULT_NAMES.join(", ")}`);
  if (fields.has("on") && !fields.boolean("on")) switches.clear(name);
  else {
    const setting: FaultSetting = {};
    for (const key of FAULT_FIELDS) if (fields.has(key)) setting[key] = fields.number(key);
    try {
      switches.set(name, setting);
    } catch (error) {
      throw error instanceof RangeError ? new InputError(error.message) : error;
    }
  }
  return switches.list().filter((fault) => fault.on);
}

function speed(camera: ControlledCamera, body: unknown): unknown {
  const fields = new Fields(body, ["speed"]);
  const named = NAMED_SPEEDS.find((name) => name === fields.raw("speed"));
  const value = named ?? fields.number("speed", 0.01, MAX_SPEED);
  camera.setSpeed(value);
  return { speed: value };
}

async function advance({ pacer, clock }: VirtualBoard, body: unknown): Promise<unknown> {
  const ms = new Fields(body, ["ms"]).number("ms", 0, MAX_ADVANCE);
  if (pacer.speed !== "stepped") throw new InputError('time advances by itself: set the speed to "stepped" first');
  await pacer.advance(ms);
  return { ms: clock.now() / 1000 };
}

function stall(board: VirtualBoard, body: unknown): void {
  board.firmwareStalls(new Fields(body, ["ms"]).number("ms", 0, MAX_MS));
}

function powerCut(board: VirtualBoard, body: unknown): unknown {
  const fields = new Fields(body, ["after", "on", "restore", "off"]);
  if (fields.has("off")) board.cut.arm(undefined);
  else {
    const after = fields.whole("after", 0, 1e9);
    const on = fields.has("on") ? fields.oneOf("on", ["flash", "key-value", "any"]) : "any";
    board.restoreAfter = fields.has("restore") ? fields.number("restore", 0, MAX_MS) : undefined;
    board.cut.arm({ after, on });
  }
  return describeStorage(board);
}

function keyValue(board: VirtualBoard, body: unknown): void {
  const fields = new Fields(body, ["namespace", "key", "type", "value", "delete"]);
  const space = fields.string("namespace");
  const key = fields.string("key");
  if (fields.has("delete")) return board.keyValue.delete(space, key);
  const names = VALUE_TYPES.map((kind) => kind.name);
  const type = names.indexOf(fields.oneOf("type", names));
  try {
    board.keyValue.set(space, key, { type, value: Buffer.from(fields.string("value"), "base64") });
  } catch (error) {
    throw error instanceof KeyValueError ? new InputError(error.message) : error;
  }
}

function hostSpi(board: VirtualBoard, body: unknown): unknown {
  const { hostSpi } = board;
  const fields = new Fields(body, ["bitErrors", "broken"]);
  if (fields.has("bitErrors")) hostSpi.bitErrors = fields.whole("bitErrors", 0, 1000);
  if (fields.has("broken")) hostSpi.broken = fields.boolean("broken");
  return { bitErrors: hostSpi.bitErrors, broken: hostSpi.broken };
}
