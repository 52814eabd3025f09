// SPDX-License-Identifier: Apache-2.0

/** `info_value` of a cam_info message. */
export const Info = Object.freeze({
  Nack: 0,
  Ack: 1,
  Unimplemented: 2,
  BadCommand: 3,
  InternalError: 4,
  Debug: 5,
  /** Progress of a firmware update. */
  Update: 6,
} as const);
export type Info = (typeof Info)[keyof typeof Info];

/*
 * The exact JSON texts that the camera sends: compact, keys in this order.
 * Only image_ready contains white space, because existing hosts search for it.
 */

export const camInfo = (value: Info, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });

export const ack = (command: string): string => camInfo(Info.Ack, `${command} success`);

/** @param why follows the words that clients search for */
export const nack = (command: string, why?: string): string =>
  camInfo(Info.Nack, why ? `${command} failed: ${why}` : `${command} failed`);

export const UNSUPPORTED_COMMAND = camInfo(Info.Unimplemented, "Unsupported command in json string");
export const UNKNOWN_COMMAND = camInfo(Info.Unimplemented, "Unknown command in json string");
export const NOT_A_COMMAND = camInfo(Info.Unimplemented, "Json string wasn't command");
export const NOT_JSON = camInfo(Info.BadCommand, "Couldn't convert json string");
export const TOO_LONG = camInfo(Info.BadCommand, "Command too long");
export const TOO_MANY_CONNECTIONS = camInfo(Info.InternalError, "Too many connections");
export const IMAGE_OUTPUT_FAILED = camInfo(Info.InternalError, "SPI Slave restart error - images disabled");

/** Requests a chunk of the firmware image from the client that started the update. */
export const getFw = (start: number, length: number): string => JSON.stringify({ get_fw: { start, length } });

/** @param bytes to clock out of the SPI slave: the image message and its 4 checksum bytes */
export const imageReady = (bytes: number): string => `{"image_ready" : ${bytes}}`;
