// SPDX-License-Identifier: Apache-2.0
import { Code, CommandFailed, record, type CamInfo, type Connection } from "./connection";
import { loadFirmware, type FirmwareFile } from "./firmware-image";
import { ProtocolError } from "./messages";

/** The camera waits 60 s for its button. */
const BUTTON_WAIT = 65_000;
/** The camera requests a chunk six times, ten seconds apart, then ends the update. */
const SEGMENT_WAIT = 75_000;
const SUCCESS = "Firmware update success";

export interface Progress {
  sent: number;
  total: number;
  bytesPerSecond: number;
  secondsLeft: number;
}

export interface UpdateListener {
  /** The camera blinks red and green and waits for its button. */
  waiting(version: string): void;
  progress(progress: Progress): void;
}

/** Sends the firmware image of a file. @throws FirmwareError; and as `sendFirmware` */
export function update(connection: Connection, path: string, listener: UpdateListener): Promise<string> {
  return sendFirmware(connection, loadFirmware(path), listener);
}

/**
 * Sends a firmware image and follows the camera's requests to the end.
 * @throws CommandFailed with the camera's verdict unless it is success
 */
export async function sendFirmware(
  connection: Connection,
  { bytes, version, length }: FirmwareFile,
  listener: UpdateListener,
): Promise<string> {
  const verdict = serve(connection, bytes, listener);
  verdict.catch(() => undefined);
  await connection.call("fw_update_request", { length, version });
  listener.waiting(version);
  return verdict;
}

/** The version that a camera runs. */
export async function runningVersion(connection: Connection): Promise<string> {
  const { Version } = record((await connection.call("get_status"))["status"], "status");
  if (typeof Version !== "string") throw new ProtocolError("the camera's status has no Version");
  return Version;
}

/** True if both versions start with numbers, as "4.0" and "4.0.1-rc", and `version` is the lower one. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [numbers(version), numbers(than)];
  if (left.length === 0 || right.length === 0) return false;
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const difference = (left[i] ?? 0) - (right[i] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function numbers(version: string): number[] {
  return (/^v?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? "").split(".").filter(Boolean).map(Number);
}

function serve(connection: Connection, file: Buffer, listener: UpdateListener): Promise<string> {
  return new Promise((resolve, reject) => {
    const started = { at: 0 };
    let timer = setTimeout(() => end(new Error("the camera's button was not pressed")), BUTTON_WAIT);
    const end = (error: Error | undefined, text = ""): void => {
      clearTimeout(timer);
      connection.off("get_fw", onRequest);
      connection.off("info", onInfo);
      connection.off("close", onClose);
      if (error) reject(error);
      else resolve(text);
    };
    const onClose = (error: Error | undefined): void => end(error ?? new Error("connection closed"));
    const onInfo = (info: CamInfo): void => {
      if (info.info_value === Code.Update)
        end(info.info_string === SUCCESS ? undefined : new CommandFailed(info.info_string), info.info_string);
      else if (info.info_value === Code.Nack) end(new CommandFailed(info.info_string));
    };
    const onRequest = ({ start, length }: { start: number; length: number }): void => {
      clearTimeout(timer);
      const data = file.subarray(start, start + length);
      if (data.length === 0)
        return end(new ProtocolError(`the camera asked for ${length} bytes at ${start} of ${file.length}`));
      timer = setTimeout(() => end(new Error("the camera stopped asking for the image")), SEGMENT_WAIT);
      started.at ||= Date.now();
      connection.send("fw_segment", { start, length: data.length, data: data.toString("base64") });
      listener.progress(measure(start + data.length, file.length, (Date.now() - started.at) / 1000));
    };
    connection.on("get_fw", onRequest);
    connection.on("info", onInfo);
    connection.on("close", onClose);
  });
}

function measure(sent: number, total: number, seconds: number): Progress {
  const bytesPerSecond = seconds > 0 ? sent / seconds : 0;
  return { sent, total, bytesPerSecond, secondsLeft: bytesPerSecond > 0 ? (total - sent) / bytesPerSecond : 0 };
}
