// SPDX-License-Identifier: Apache-2.0
/** Schemas (JSON Schema 2020-12, as OpenAPI 3.1) of the JSON bodies of requests and answers. */
import { type ArgumentSpec, type CommandSpec, TABLE } from "../../modules/protocol/table";
import type { WifiDescription } from "../../modules/protocol/services";
import { CAMERA_SETTINGS, type Setting, WIFI_SETTINGS } from "../../modules/settings/table";
import { PLACES } from "../../modules/web/limits";
import { type RouteName, ROUTES } from "../../modules/web/routes";

/** The keywords that are used here. A member that is not in `properties` does not exist unless `additionalProperties`. */
export interface Schema {
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly description?: string;
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly format?: "ipv4";
  readonly pattern?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly minProperties?: number;
  readonly additionalProperties?: false | Schema;
  readonly items?: Schema;
  readonly minItems?: number;
  readonly maxItems?: number;
}

type Properties = Readonly<Record<string, Schema>>;

const STRING = { type: "string" } as const;
const NUMBER = { type: "number" } as const;
const INTEGER = { type: "integer" } as const;
const BOOLEAN = { type: "boolean" } as const;

/** An object that has all of `properties`, and may have those of `optional`. */
function object(properties: Properties, optional: Properties = {}): Schema {
  return { type: "object", properties: { ...properties, ...optional }, required: Object.keys(properties) };
}

function pair(items: Schema): Schema {
  return { type: "array", items, minItems: 2, maxItems: 2 };
}

function valueOf(spec: Setting | Exclude<ArgumentSpec, { type: "base64" }>): Schema {
  const description = spec.about;
  switch (spec.type) {
    case "integer":
      return { type: "integer", minimum: spec.min, ...(spec.max !== undefined && { maximum: spec.max }), description };
    case "bits":
      return { type: "integer", minimum: 0, maximum: 255, description };
    case "text":
      // The table counts bytes of UTF-8: no more characters than these.
      return { type: "string", maxLength: spec.orKey ? 64 : spec.max, description };
    case "address":
      return { type: "string", format: "ipv4", description };
  }
}

function values<K extends string>(specs: Readonly<Record<K, Setting | ArgumentSpec>>): Readonly<Record<K, Schema>> {
  const entries = Object.entries<Setting | ArgumentSpec>(specs).map(([name, spec]) => {
    if (spec.type === "base64") throw new Error(`${name}: no setting is base64`);
    return [name, valueOf(spec)];
  });
  return Object.fromEntries(entries) as Record<K, Schema>;
}

/** A body that changes settings. Members of the answer that are no arguments may be sent back, and are ignored. */
function changes({ args = {} }: CommandSpec, answer: Schema): Schema {
  return {
    type: "object",
    properties: { ...answer.properties, ...values(args) },
    minProperties: 1,
    additionalProperties: false,
  };
}

const CONFIG = object(values(CAMERA_SETTINGS));

const { ap_ssid, sta_ssid, flags, ap_ip_addr, sta_ip_addr, sta_netmask } = WIFI_SETTINGS;
const WIFI = object({
  ...values({ ap_ssid, sta_ssid, ap_ip_addr, sta_ip_addr, sta_netmask }),
  flags: {
    ...valueOf(flags),
    description: "Bits 7, 4 and 0 are settings (docs/protocol.md); 3 initialized, 2 started, 1 connected.",
  },
  cur_ip_addr: { ...STRING, format: "ipv4", description: "The present address; ignored in a request." },
} satisfies Record<keyof WifiDescription, Schema>);

const STATUS = {
  Camera: { ...STRING, description: "The camera's name." },
  Model: { ...INTEGER, description: "Bits that describe camera and sensor." },
  Version: { ...STRING, description: "Version of the firmware." },
  Time: STRING,
  Date: STRING,
};

const GETS = Object.entries(ROUTES).filter(([, { method }]) => method === "GET");

const DEVICE = object(
  {
    ...STATUS,
    sensor: object({ model: STRING, part: STRING, radiometric: BOOLEAN }),
    capabilities: object({
      columns: INTEGER,
      rows: INTEGER,
      palettes: { type: "array", items: { ...STRING, enum: ROUTES.snapshot.query.palette.values } },
      limits: object(Object.fromEntries(Object.keys(PLACES).map((name) => [name, INTEGER]))),
    }),
    uptime: { ...INTEGER, description: "Milliseconds since start." },
    faults: {
      type: "array",
      items: object({ fault: { ...INTEGER, description: "Blinks of the LED." }, name: STRING, reason: STRING }),
    },
    update: object(
      { stage: { ...STRING, enum: ["none", "requested", "running"] } },
      { written: { ...INTEGER, description: "Bytes." }, length: { ...INTEGER, description: "Bytes." } },
    ),
    paths: object(Object.fromEntries(GETS.map(([name]) => [name, STRING]))),
  },
  { Update: { ...STRING, description: "The last update, if it was rolled back or replaced." } },
);

const EXTREME = object({ value: NUMBER, at: { ...pair(INTEGER), description: "Column, row." } });

const THERMAL = object(
  {
    time: {
      ...STRING,
      pattern: "^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}$",
      description: "The camera's clock, which has no time zone.",
    },
    sequence: INTEGER,
    unit: { ...STRING, enum: ["celsius", "count"], description: "Unit of spot, min, max, mean, percentiles." },
    min: EXTREME,
    max: EXTREME,
    mean: NUMBER,
    percentiles: object({ 1: NUMBER, 99: NUMBER }),
    ffc: object(
      { state: { ...STRING, enum: ["never", "imminent", "running", "complete"] } },
      { age: { ...NUMBER, description: "Seconds since the last one." } },
    ),
    fpa: { ...NUMBER, description: "Temperature of the sensor, °C." },
    housing: { ...NUMBER, description: "Temperature of its housing, °C." },
    gain: { ...STRING, enum: ["high", "low", "auto"] },
    agc: BOOLEAN,
    radiometric: BOOLEAN,
  },
  {
    spot: object({
      mean: NUMBER,
      min: NUMBER,
      max: NUMBER,
      box: { type: "array", items: INTEGER, minItems: 4, maxItems: 4, description: "Left, top, right, bottom." },
    }),
  },
);

const COMMANDS = Object.entries<CommandSpec>(TABLE)
  .filter(([name]) => !name.startsWith("stream_") && !name.startsWith("fw_"))
  .map(([name]) => name);

/** A message of the camera's protocol. */
const MESSAGE: Schema = { type: "object", minProperties: 1, additionalProperties: {} };

export const ERROR = object({ error: { ...STRING, description: "The reason." } });

/** Bodies of requests, of the routes that take JSON. */
export const REQUESTS: Readonly<Partial<Record<RouteName, Schema>>> = {
  setConfig: changes(TABLE.set_config, CONFIG),
  setWifi: changes(TABLE.set_wifi, WIFI),
  command: object(
    { cmd: { ...STRING, enum: COMMANDS } },
    { args: { type: "object", additionalProperties: {}, description: "As docs/protocol.md describes them." } },
  ),
};

/** Answers with status 200, of the routes that answer JSON. */
export const ANSWERS: Readonly<Partial<Record<RouteName, Schema>>> = {
  openapi: { type: "object", additionalProperties: {} },
  device: DEVICE,
  thermal: THERMAL,
  imageTjsn: object({
    metadata: object(STATUS),
    radiometric: { ...STRING, description: "Base64 of 19,200 values of 16 bits, little-endian." },
    telemetry: { ...STRING, description: "Base64 of 240 words of 16 bits, little-endian." },
  }),
  thermalVision: object({ data: { ...STRING, description: "19,200 temperatures in °C, with commas between them." } }),
  config: CONFIG,
  setConfig: CONFIG,
  wifi: WIFI,
  setWifi: WIFI,
  command: MESSAGE,
  ffc: object({}),
  restart: object({ restarting: BOOLEAN }),
  update: object({ version: STRING, restarting: BOOLEAN }),
};
