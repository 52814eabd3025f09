// SPDX-License-Identifier: Apache-2.0

/*
 * The route table: the single source of paths, queries, bodies, rights and answers. The server, docs/web-api.md and
 * openapi.json use it; the texts of the last two are in tools/web-api/texts.ts, which the firmware does not contain. The
 * table imports nothing that exists only on the device, so that tools can read it.
 */
import { JSON_BYTES, type PLACES } from "./limits";

/** Methods of the table. HEAD is answered as GET without the body, OPTIONS by the server. */
export type RouteMethod = "GET" | "POST" | "PUT";

/** The class of rights that a route needs. Every client has all of them at present. */
export type Rights = "view" | "control" | "admin";

/** One of a few words. */
export interface ChoiceQuery {
  readonly type: "choice";
  readonly values: readonly string[];
  readonly default: string;
}

/** A number from `min` to `max`; without a default it may be absent. */
export interface NumberQuery {
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
    },
    max: {
      type: "number",
      min: -273,
      max: 65_535,
    },
  } as const,
  true,
);
const JPEG = Object.freeze(
  {
    palette: PALETTE,
    scale: { type: "integer", min: 1, max: 2, default: 1 },
    quality: { type: "integer", min: 1, max: 95, default: 80 },
    overlay: {
      type: "integer",
      min: 0,
      max: 1,
      default: 0,
    },
    ...RANGE,
  } as const,
  true,
);

export const ROUTES = Object.freeze(
  {
    page: {
      method: "GET",
      path: "/",
      rights: "view",
      answer: "text/html; charset=utf-8",
    },
    openapi: {
      method: "GET",
      path: "/api/v1/openapi.json",
      rights: "view",
      answer: JSON_TYPE,
    },
    device: {
      method: "GET",
      path: "/api/v1/device",
      aliases: ["/api/status"],
      rights: "view",
      answer: JSON_TYPE,
    },
    thermal: {
      method: "GET",
      path: "/api/v1/thermal",
      rights: "view",
      answer: JSON_TYPE,
    },
    websocket: {
      method: "GET",
      path: "/ws",
      rights: "view",
      place: "websocket",
      sameOrigin: true,
      answer: "application/octet-stream",
    },
    snapshot: {
      method: "GET",
      path: "/snapshot.jpg",
      aliases: ["/api/image/current"],
      rights: "view",
      answer: "image/jpeg",
      query: JPEG,
    },
    snapshotPng: {
      method: "GET",
      path: "/snapshot.png",
      rights: "view",
      answer: "image/png",
      query: { palette: PALETTE, ...RANGE },
    },
    stream: {
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
        },
      },
    },
    imageTjsn: {
      method: "GET",
      path: "/image.tjsn",
      rights: "view",
      answer: JSON_TYPE,
    },
    imageRaw: {
      method: "GET",
      path: "/image.raw",
      rights: "view",
      answer: "application/octet-stream",
    },
    imageNpy: {
      method: "GET",
      path: "/image.npy",
      rights: "view",
      answer: "application/octet-stream",
    },
    imageTiff: {
      method: "GET",
      path: "/image.tiff",
      rights: "view",
      answer: "image/tiff",
    },
    imagePng16: {
      method: "GET",
      path: "/image.png16",
      rights: "view",
      answer: "image/png",
    },
    imageCsv: {
      method: "GET",
      path: "/image.csv",
      rights: "view",
      answer: "text/csv; charset=utf-8",
    },
    thermalVision: {
      method: "GET",
      path: "/raw",
      rights: "view",
      answer: JSON_TYPE,
    },
    config: {
      method: "GET",
      path: "/api/v1/config",
      rights: "view",
      answer: JSON_TYPE,
    },
    setConfig: {
      method: "PUT",
      path: "/api/v1/config",
      rights: "control",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    wifi: {
      method: "GET",
      path: "/api/v1/wifi",
      rights: "view",
      answer: JSON_TYPE,
    },
    setWifi: {
      method: "PUT",
      path: "/api/v1/wifi",
      rights: "admin",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    command: {
      method: "POST",
      path: "/api/v1/command",
      rights: "control",
      body: JSON_BODY,
      answer: JSON_TYPE,
    },
    ffc: {
      method: "POST",
      path: "/api/v1/ffc",
      rights: "control",
      answer: JSON_TYPE,
    },
    restart: {
      method: "POST",
      path: "/api/v1/restart",
      rights: "admin",
      answer: JSON_TYPE,
    },
    log: {
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
        },
      },
    },
    events: {
      method: "GET",
      path: "/api/v1/events",
      rights: "view",
      place: "events",
      sameOrigin: true,
      answer: "text/event-stream",
    },
    update: {
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
