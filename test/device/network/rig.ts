// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "../../../client/connection";
import type { LedColor } from "../../../simulator/board/led";
import type { VirtualCamera } from "../camera/rig";

/** Longest wait for something that board time brings, in real milliseconds. */
const PATIENCE = 60_000;

export interface Wifi {
  ap_ssid: string;
  sta_ssid: string;
  flags: number;
  ap_ip_addr: string;
  sta_ip_addr: string;
  sta_netmask: string;
  cur_ip_addr: string;
}

export async function getWifi(connection: Connection): Promise<Wifi> {
  return (await connection.call("get_wifi"))["wifi"] as Wifi;
}

/** Waits for something to be so. @param what for the failure's message */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in ${PATIENCE / 1_000} s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves with how the camera ended the connection: undefined for an orderly end. */
export function ended(connection: Connection): Promise<Error | undefined> {
  return new Promise((resolve) => connection.once("close", resolve));
}

/** A connection to the camera, as soon as it takes one. */
export async function reconnect({ connect }: VirtualCamera): Promise<Connection> {
  let connection: Connection | undefined;
  await until("the camera takes connections", async () => {
    connection = await connect().catch(() => undefined);
    return connection !== undefined;
  });
  return connection as Connection;
}

/** What the LED has shown since board time `after` (ms), each colour with its duration; the last one still lasts. */
export function waveform({ device }: VirtualCamera, after: number): [LedColor, number][] {
  const changes = device.board.led.since(after);
  return changes.slice(0, -1).map(({ color, board }, i) => [color, (changes[i + 1]?.board ?? 0) - board]);
}
