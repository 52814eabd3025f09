// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { RadioNetwork } from "../../../simulator/board/radio";
import { untilAnswered } from "../board-time";
import type { BoardCamera } from "../camera/rig";

const THIS_COMPUTER = "02:00:00:00:20:01";

/** Settings that join the virtual board's network. */
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

/** Default settings for the virtual board's MAC address. */
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

/** Resolves with the error of the connection's end. */
export function closed(connection: Connection): Promise<Error | undefined> {
  return new Promise((resolve) => connection.once("close", resolve));
}

/**
 * Connects until the camera accepts the connection and answers. A connection made at the moment when the camera stops listening
 * is reset, as on every server.
 */
export async function reconnect({ connect, virtual }: BoardCamera): Promise<Connection> {
  let connection: Connection | undefined;
  await untilAnswered(virtual, "the camera answers a new connection", async () => {
    connection = await connect().catch(() => undefined);
    return (
      connection !== undefined &&
      connection.call("get_status").then(
        () => true,
        () => false,
      )
    );
  });
  return connection as Connection;
}

/** Changes the WiFi settings. Resolves when the camera has answered and closed the session. @throws CommandFailed */
export async function setWifi(connection: Connection, change: object): Promise<void> {
  const end = closed(connection);
  const answer = await connection.call("set_wifi", change);
  expect(answer["cam_info"]).toEqual({ info_value: 1, info_string: "set_wifi success" });
  expect((await end)?.message).toBe("the camera closed the connection");
}

/** Changes the virtual board's network. */
export function changeNetwork({ board }: VirtualCamera, change: Partial<RadioNetwork>): void {
  board.radio.setNetwork({ ssid: HOME.sta_ssid, ...change });
}

/** This computer leaves the camera's access point and does not rejoin. */
export function leaveAccessPoint({ board }: VirtualCamera): void {
  board.radio.stationLeaves(THIS_COMPUTER);
}

/** The access point as stations see it, or null. */
export function accessPoint({ board }: VirtualCamera): unknown {
  return board.radio.describe()["accessPoint"];
}

/** The camera's log lines that match. */
export function logged(camera: VirtualCamera, pattern: RegExp): string[] {
  return camera.log.map(({ part, text }) => `${part}: ${text}`).filter((line) => pattern.test(line));
}

/** Turns the power off and on. Resolves when the firmware is started. @param between called with the power off */
export async function powerCycle({ board }: VirtualCamera, between: () => void = () => undefined): Promise<void> {
  await board.powerOff();
  between();
  await board.powerOn();
}

/** A press long enough for a WiFi reset. Resolves when the button is released. */
export function longPress({ board }: VirtualCamera): Promise<void> {
  return board.press(5_600);
}
