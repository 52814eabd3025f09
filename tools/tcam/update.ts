// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { Code, CommandFailed, type CamInfo, type Connection } from "./connection";
import { readFirmwareImage } from "./firmware-image";

/** The camera waits 60 s for its button. */
const BUTTON_WAIT = 65_000;
/** The camera asks six times, ten seconds apart, before it gives up; it is the one that ends the update. */
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

/**
 * Sends a firmware image and follows the camera's requests to the end.
 * @throws CommandFailed with the camera's verdict when it is not success
 */
export async function update(connection: Connection, path: string, listener: UpdateListener): Promise<string> {
  const file = readFileSync(path);
  const { version, length } = readFirmwareImage(file);
  const verdict = serve(connection, file, listener);
  verdict.catch(() => undefined);
  await connection.call("fw_update_request", { length, version });
  listener.waiting(version);
  return verdict;
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
      timer = setTimeout(() => end(new Error("the camera stopped asking for the image")), SEGMENT_WAIT);
      started.at ||= Date.now();
      const data = file.subarray(start, start + length);
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
