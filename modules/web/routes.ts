// SPDX-License-Identifier: Apache-2.0

/*
 * The route table: the single source of paths, queries, bodies, rights and answers. The server, docs/web-api.md and
 * openapi.json use it. It imports nothing that exists only on the device, so that tools can read it.
 */
import { JSON_BYTES, type PLACES } from "./limits";

/** Methods of the table. HEAD is answered as GET without the body, OPTIONS by the server. */
export type RouteMethod = "GET" | "POST" | "PUT";

/** The class of rights that a route needs. Every client has all of them at present. */
export type Rights = "view" | "control" | "admin";

interface QueryBase {
  /** One sentence for the page of the API. */
  readonly about: string;
}

/** One of a few words. */
export interface ChoiceQuery extends QueryBase {
  readonly type: "choice";
  readonly values: readonly string[];
  readonly default: string;
}

/** A number from `min` to `max`; without a default it may be absent. */
export interface NumberQuery extends QueryBase {
  readonly type: "integer" | "number";
  readonly min: number;
  readonly max: number;
  readonly default?: number;
}

export type QuerySpec = ChoiceQuery | NumberQuery;

export interface BodySpec {
  /** Media type. JSON must be announced as such; other types only must not be those of HTML forms. */
  readonly type: "application/json" | "application/octet-stream";
  /** Bytes. */
  readonly max: number;
}

export interface RouteSpec {
  /** One sentence for the page of the API. */
  readonly about: string;
  readonly method: RouteMethod;
  readonly path: string;
  /** Further paths, those of other cameras' clients. */
  readonly aliases?: readonly string[];
  readonly rights: Rights;
  readonly query?: Readonly<Record<string, QuerySpec>>;
  /** Absent: a body is refused. */
  readonly body?: BodySpec;
  /** Media type of the answer. */
  readonly answer: string;
  /** The answer is long-lived, and only so many of its kind are possible. */
  readonly place?: keyof typeof PLACES;
  /** Pages of other origins may not use it, although it is a GET. POST and PUT never are for them. */
  readonly sameOrigin?: true;
}

const JSON_BODY = Object.freeze({ type: "application/json", max: JSON_BYTES } as const);
const JSON_TYPE = "application/json";

/** The names in modules/image/native/palette.c. */
const PALETTE = Object.freeze(
  {
    type: "choice",
    values: [
      "white",
      "black",
      "iron",
      "rainbow",
      "arctic",
      "lava",
      "even",
      "glow",
      "medical",
      "bluered",
      "green",
      "amber",
    ],
    default: "iron",
    about: "Colours, from the coldest to the warmest.",
  } as const,
  true,
);
/** Ends of a picture's colours: the range of a Lepton at low gain, and the counts of AGC. */
const RANGE = Object.freeze(
  {
    min: {
      type: "number",
      min: -273,
      max: 65_535,
      about: "Temperature of the first colour in °C; with AGC a count. Absent: 1 % of the pixels are colder.",
    },
    max: {
      type: "number",
      min: -273,
      max: 65_535,
      about: "The same for the last colour; above `min`. Absent: 1 % of the pixels are warmer.",
    },
  } as const,
  true,
);
const JPEG = Object.freeze(
  {
    palette: PALETTE,
    scale: { type: "integer", min: 1, max: 2, default: 1, about: "1: 160 × 120 pixels, 2: 320 × 240." },
    quality: { type: "integer", min: 1, max: 95, default: 80, about: "Quality of the JPEG, on libjpeg's scale." },
    overlay: {
      type: "integer",
      min: 0,
      max: 1,
      default: 0,
      about:
        "1: marks spot meter (white), warmest (red) and coldest pixel (blue), in °C; nothing without temperatures.",
    },
    ...RANGE,
  } as const,
  true,
);

export const ROUTES = Object.freeze(
  {
    page: {
      about: "The page: live picture, files, settings, update and log.",
      method: "GET",
      path: "/",
      rights: "view",
      answer: "text/html; charset=utf-8",
    },
    openapi: {
      about: "This table as an OpenAPI 3.1 document.",
      method: "GET",
      path: "/api/v1/openapi.json",
      rights: "view",
      answer: JSON_TYPE,
    },
    device: {
      about: "Identity, versions, capabilities, faults and paths of the camera, and the progress of an update.",
      method: "GET",
      path: "/api/v1/device",
      aliases: ["/api/status"],
      rights: "view",
      answer: JSON_TYPE,
    },
    thermal: {
      about: "Figures of the latest frame: spot meter, extremes, mean, sensor temperatures, shutter.",
      method: "GET",
      path: "/api/v1/thermal",
      rights: "view",
      answer: JSON_TYPE,
    },
    websocket: {
      about:
        "A WebSocket: text messages are commands and their answers without delimiters, images are binary, of version 2 " +
        "with the subprotocol `tcam.2`.",
      method: "GET",
      path: "/ws",
      rights: "view",
      place: "websocket",
      sameOrigin: true,
      answer: "application/octet-stream",
    },
    snapshot: {
      about: "The next frame as a JPEG, 4:2:0, with its facts as JSON in the comment.",
      method: "GET",
      path: "/snapshot.jpg",
      aliases: ["/api/image/current"],
      rights: "view",
      answer: "image/jpeg",
      query: JPEG,
    },
    snapshotPng: {
      about: "The next frame as a PNG of 160 × 120 pixels with a palette.",
      method: "GET",
      path: "/snapshot.png",
      rights: "view",
      answer: "image/png",
      query: { palette: PALETTE, ...RANGE },
    },
    stream: {
      about: "Live video as MJPEG: JPEG pictures, each with its length and the time of its frame.",
      method: "GET",
      path: "/stream.mjpg",
      rights: "view",
      place: "stream",
      answer: "multipart/x-mixed-replace; boundary=frame",
      query: {
        ...JPEG,
        fps: {
          type: "number",
          min: 0.01,
          max: 9,
          default: 9,
          about: "Pictures a second at most; the sensor gives 8.8.",
        },
      },
    },
    imageTjsn: {
      about: "The next frame as the image message of the camera's protocol, without its delimiters.",
      method: "GET",
      path: "/image.tjsn",
      rights: "view",
      answer: JSON_TYPE,
    },
    imageRaw: {
      about:
        "The next frame: 120 rows of 160 values, 16 bits, little-endian. The field `X-Scale` has the kelvin of a count, if " +
        "counts are temperatures.",
      method: "GET",
      path: "/image.raw",
      rights: "view",
      answer: "application/octet-stream",
    },
    imageNpy: {
      about: "The same as an array of NumPy, with `X-Scale`.",
      method: "GET",
      path: "/image.npy",
      rights: "view",
      answer: "application/octet-stream",
    },
    imageTiff: {
      about: "The same as a TIFF of 16-bit grey, with the frame's facts as JSON in ImageDescription.",
      method: "GET",
      path: "/image.tiff",
      rights: "view",
      answer: "image/tiff",
    },
    imagePng16: {
      about: "The same as a PNG of 16-bit grey, with the frame's facts as JSON in the text Description.",
      method: "GET",
      path: "/image.png16",
      rights: "view",
      answer: "image/png",
    },
    imageCsv: {
      about: "The next frame as 120 lines of 160 temperatures in °C, or of counts without a decimal point.",
      method: "GET",
      path: "/image.csv",
      rights: "view",
      answer: "text/csv; charset=utf-8",
    },
    thermalVision: {
      about: "The next frame's temperatures in °C for Home Assistant's Thermal Vision. 409 without temperatures.",
      method: "GET",
      path: "/raw",
      rights: "view",
      answer: JSON_TYPE,
    },
    config: {
      about: "The camera's settings, as `get_config`.",
      method: "GET",
      path: "/api/v1/config",
      rights: "view",
      answer: JSON_TYPE,
    },
    setConfig: {
      about: "Changes settings, all or none, with the arguments of `set_config`. Answers with the settings.",
      method: "PUT",
      path: "/api/v1/config",
      rights: "control",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    wifi: {
      about: "The network settings, as `get_wifi`. Passwords are never sent.",
      method: "GET",
      path: "/api/v1/wifi",
      rights: "view",
      answer: JSON_TYPE,
    },
    setWifi: {
      about: "Changes network settings, all or none, with the arguments of `set_wifi`. The network then restarts.",
      method: "PUT",
      path: "/api/v1/wifi",
      rights: "admin",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    command: {
      about:
        "Runs a command of the camera's protocol, except `stream_*` and `fw_*`. The answer is its message, with status 200 also when it reports an error.",
      method: "POST",
      path: "/api/v1/command",
      rights: "control",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    ffc: {
      about: "Runs a flat-field correction; answered when the sensor has finished.",
      method: "POST",
      path: "/api/v1/ffc",
      rights: "control",
      answer: JSON_TYPE,
    },
    restart: {
      about: "Restarts the camera after the answer.",
      method: "POST",
      path: "/api/v1/restart",
      rights: "admin",
      answer: JSON_TYPE,
    },
    log: {
      about: "The last log lines, oldest first. The field `X-Log-Next` is the `since` of the next request.",
      method: "GET",
      path: "/api/v1/log",
      aliases: ["/api/log"],
      rights: "admin",
      sameOrigin: true,
      answer: "text/plain; charset=utf-8",
      query: {
        since: {
          type: "integer",
          min: 0,
          max: Number.MAX_SAFE_INTEGER,
          default: 0,
          about: "Number of the first line wanted, counted from 0 since start.",
        },
      },
    },
    events: {
      about: "Server-sent events `update` (stage, bytes written) and `faults`.",
      method: "GET",
      path: "/api/v1/events",
      rights: "view",
      place: "events",
      sameOrigin: true,
      answer: "text/event-stream",
    },
    update: {
      about:
        "Takes a firmware image after a press of the button, writes and checks it, and restarts into it. 409 while " +
        "another update runs.",
      method: "POST",
      path: "/api/v1/update",
      aliases: ["/api/ota"],
      rights: "admin",
      answer: JSON_TYPE,
      body: { type: "application/octet-stream", max: 0xffffffff },
    },
  } as const,
  true,
) satisfies Record<string, RouteSpec>;

export type RouteName = keyof typeof ROUTES;

type Value<Q> = Q extends { type: "choice"; values: readonly (infer V)[] } ? V : number;
type Present<T> = { [K in keyof T]: T[K] extends { default: unknown } ? K : never }[keyof T];

/** Checked query values of a route, as its handler gets them. */
export type Query<N extends RouteName> = (typeof ROUTES)[N] extends { query: infer T }
  ? { readonly [K in Present<T>]: Value<T[K]> } & { readonly [K in Exclude<keyof T, Present<T>>]?: Value<T[K]> }
  : Readonly<Record<string, never>>;
