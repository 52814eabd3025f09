// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { RadioNetwork } from "../../../simulator/board/radio";
import type { BoardCamera } from "../camera/rig";

/** Longest wait for something that board time brings, in real milliseconds. */
const PATIENCE = 60_000;
const THIS_COMPUTER = "02:00:00:00:20:01";

/** What joins the network that is always in the air. */
export const HOME = { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" };

export interface Wifi {
  ap_ssid: string;
  sta_ssid: string;
  flags: number;
  ap_ip_addr: string;
  sta_ip_addr: string;
  sta_netmask: string;
  cur_ip_addr: string;
}

/** The readme's, for a camera with the virtual board's MAC address; flags are those stored. */
export const DEFAULTS = {
  ap_ssid: "tCam-Mini-EFB5",
  sta_ssid: "",
  ap_ip_addr: "192.168.4.1",
  sta_netmask: "255.255.255.0",
  cur_ip_addr: "192.168.4.1",
};

export async function getWifi(connection: Connection): Promise<Wifi> {
  return (await connection.call("get_wifi"))["wifi"] as Wifi;
}

/** Waits for something to be so. @param what for the failure's message @param instead tells what was so, for it too */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  instead: () => string = () => "",
): Promise<void> {
  const end = performance.now() + PATIENCE;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not in ${PATIENCE / 1_000} s: ${what}; ${instead()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Resolves with how the camera ended the connection. */
export function ended(connection: Connection): Promise<Error | undefined> {
  return new Promise((resolve) => connection.once("close", resolve));
}

/**
 * A connection to the camera, as soon as it takes one and answers: one that comes in the very moment in which the camera stops listening
 * is reset, as on any host.
 */
export async function reconnect({ connect, device }: BoardCamera): Promise<Connection> {
  for (const end = performance.now() + PATIENCE; ;) {
    try {
      const connection = await connect();
      await connection.call("get_status");
      return connection;
    } catch (error) {
      if (performance.now() > end)
        throw new Error(`${String(error)}; the log ends with\n${tail(device)}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Changes the network; resolves when the session has ended in order, which is after the answer. @throws CommandFailed */
export async function setWifi(connection: Connection, change: object): Promise<void> {
  const end = ended(connection);
  const answer = await connection.call("set_wifi", change);
  expect(answer["cam_info"]).toEqual({ info_value: 1, info_string: "set_wifi success" });
  expect((await end)?.message).toBe("the camera closed the connection");
}

/** Changes the home network in the air. */
export function air({ board }: VirtualCamera, change: Partial<RadioNetwork>): void {
  board.radio.setNetwork({ ssid: HOME.sta_ssid, ...change });
}

/** This computer leaves the camera's access point, and stays away. */
export function stayAway({ board }: VirtualCamera): void {
  board.radio.stationLeaves(THIS_COMPUTER);
}

/** The access point as others see it, or null. */
export function accessPoint({ board }: VirtualCamera): unknown {
  return board.radio.describe()["accessPoint"];
}

/** The camera's own log lines so far that match. */
export function logged(device: VirtualCamera, pattern: RegExp): string[] {
  return device.log.map(({ part, text }) => `${part}: ${text}`).filter((line) => pattern.test(line));
}

function tail({ log }: VirtualCamera): string {
  return log
    .slice(-25)
    .map(({ part, text }) => `  ${part}: ${text}`)
    .join("\n");
}

/** Off and on again. Resolves when the firmware has been started. @param between done while it is off */
export async function powerCycle({ board }: VirtualCamera, between: () => void = () => undefined): Promise<void> {
  await board.powerOff();
  between();
  await board.powerOn();
}

/** A press long enough for a WiFi reset; resolves when the button is up again. */
export function longPress({ board }: VirtualCamera): Promise<void> {
  return board.press(5_600);
}
