// SPDX-License-Identifier: Apache-2.0
/** Measurements from a client, of any camera. */
import { Connection } from "../../tools/tcam/connection";
import { figure, heading, percentile } from "./figures";

/** The sensor's frames per second: 12 segments of 9.496936 ms (Lepton 3.x, measured). */
export const SENSOR_RATE = 1000 / (12 * 9.496936);

/** Streams `frames` images after a first one. @returns seconds from the first to the last, and their bytes */
export function stream(connection: Connection, frames: number): Promise<{ seconds: number; bytes: number }> {
  return new Promise((resolve, reject) => {
    let count = 0;
    let bytes = 0;
    let started = 0;
    const take = (text: string): void => {
      if (count++ === 0) started = performance.now();
      else bytes += text.length + 2;
      if (count <= frames) return;
      connection.off("image", take);
      const seconds = (performance.now() - started) / 1000;
      connection.call("stream_off").then(() => resolve({ seconds, bytes }), reject);
    };
    connection.on("image", take);
    connection.on("close", (error) => reject(error ?? new Error("the camera closed the connection")));
    connection.call("stream_on", { delay_msec: 0, num_frames: 0 }).catch(reject);
  });
}

/** Measures `count` sequential get_status commands. @returns round-trip times in milliseconds */
async function statusTimes(connection: Connection, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await connection.call("get_status");
    times.push(performance.now() - start);
  }
  return times;
}

export async function measureClient(host: string, port: number, scale: number): Promise<void> {
  heading(`from a client of ${host}:${port}`);
  const streaming = await Connection.open({ host, port, timeout: 20_000 });
  const polling = await Connection.open({ host, port, timeout: 20_000 });
  const quiet = await statusTimes(polling, Math.ceil(500 * scale));
  figure("get_status, alone: median", percentile(quiet, 0.5), "ms");
  figure(
    "get_status, alone: commands a second",
    1000 / (quiet.reduce((sum, time) => sum + time, 0) / quiet.length),
    "/s",
  );
  const frames = Math.ceil(150 * scale);
  const streamed = stream(streaming, frames);
  const busy = await statusTimes(polling, Math.ceil(300 * scale));
  const { seconds, bytes } = await streamed;
  const rate = frames / seconds;
  figure("streaming, with get_status in parallel", rate, "images/s", {
    text: "the sensor's 8.77",
    ratio: rate / SENSOR_RATE,
  });
  figure("streaming", (bytes * 8) / seconds / 1e6, "Mbit/s");
  figure("get_status while another client streams: median", percentile(busy, 0.5), "ms");
  const p99 = percentile(busy, 0.99);
  figure("get_status while another client streams: 99 %", p99, "ms", { text: "20 ms", ratio: p99 / 20 });
  streaming.close();
  polling.close();
}
