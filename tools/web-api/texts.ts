// SPDX-License-Identifier: Apache-2.0
/** The texts of the route table (modules/web/routes.ts) for docs/web-api.md and openapi.json. */
import type { RouteName, ROUTES } from "../../modules/web/routes";
import type { Schema } from "./schemas";

type Names<R> = R extends { query: infer Q } ? keyof Q : never;
/** Names in the queries of all routes. A name means the same in each of them. */
export type QueryName = Names<(typeof ROUTES)[RouteName]>;

/** One or two sentences for each route. */
export const ROUTE_TEXTS: Readonly<Record<RouteName, string>> = {
  page: "The page: live picture, files, settings, update and log.",
  openapi: "This table as an OpenAPI 3.1 document.",
  device: "Identity, versions, capabilities, faults and paths of the camera, and the progress of an update.",
  thermal: "Figures of the latest frame: spot meter, extremes, mean, sensor temperatures, shutter.",
  websocket:
    "A WebSocket: text messages are commands and their answers without delimiters, images are binary, of version 2 " +
    "with the subprotocol `tcam.2`.",
  snapshot: "The next frame as a JPEG, 4:2:0, with its facts as JSON in the comment.",
  snapshotPng: "The next frame as a PNG of 160 × 120 pixels with a palette.",
  stream: "Live video as MJPEG: JPEG pictures, each with its length and the time of its frame.",
  imageTjsn: "The next frame as the image message of the camera's protocol, without its delimiters.",
  imageRaw: "The next frame: 120 rows of 160 values, 16 bits, little-endian.",
  imageNpy: "The same as an array of NumPy.",
  imageTiff: "The same as a TIFF of 16-bit grey, with the frame's facts as JSON in ImageDescription.",
  imagePng16: "The same as a PNG of 16-bit grey, with the frame's facts as JSON in the text Description.",
  imageCsv: "The next frame as 120 lines of 160 temperatures in °C, or of counts without a decimal point.",
  thermalVision: "The next frame's temperatures in °C for Home Assistant's Thermal Vision. 409 without temperatures.",
  config: "The camera's settings, as `get_config`.",
  setConfig: "Changes settings, all or none, with the arguments of `set_config`. Answers with the settings.",
  wifi: "The network settings, as `get_wifi`. Passwords are never sent.",
  setWifi: "Changes network settings, all or none, with the arguments of `set_wifi`. The network then restarts.",
  command:
    "Runs a command of the camera's protocol, except `stream_*` and `fw_*`. The answer is its message, with status 200 also when it reports an error.",
  ffc: "Runs a flat-field correction; answered when the sensor has finished.",
  restart: "Restarts the camera after the answer.",
  log: "The last log lines, oldest first.",
  events: "Server-sent events `update` (stage, bytes written) and `faults`.",
  update:
    "Takes a firmware image after a press of the button, writes and checks it, and restarts into it. 409 while " +
    "another update runs.",
};

export const QUERY_TEXTS: Readonly<Record<QueryName, string>> = {
  palette: "Colours, from the coldest to the warmest.",
  min: "Temperature of the first colour in °C; with AGC a count. Absent: 1 % of the pixels are colder.",
  max: "The same for the last colour; above `min`. Absent: 1 % of the pixels are warmer.",
  scale: "1: 160 × 120 pixels, 2: 320 × 240.",
  quality: "Quality of the JPEG, on libjpeg's scale.",
  overlay: "1: marks spot meter (white), warmest (red) and coldest pixel (blue), in °C; nothing without temperatures.",
  fps: "Pictures a second at most; the sensor gives 8.8.",
  since: "Number of the first line wanted, counted from 0 since start.",
};

/** A header field that HTTP does not define. `schema` describes its value; for a numeric type, the value as a number. */
export interface FieldText {
  readonly name: string;
  readonly text: string;
  readonly schema: Schema;
  /** Each answer has it. */
  readonly required?: true;
}

const SCALE: FieldText = {
  name: "X-Scale",
  text: "Kelvin of a count. Absent: the counts are not temperatures.",
  schema: { type: "number", minimum: 0 },
};

/** The field of the answers with status 200 that have one. */
export const FIELD_TEXTS: Readonly<Partial<Record<RouteName, FieldText>>> = {
  imageRaw: SCALE,
  imageNpy: SCALE,
  log: {
    name: "X-Log-Next",
    text: "The `since` of the next request.",
    schema: { type: "integer", minimum: 0 },
    required: true,
  },
};
