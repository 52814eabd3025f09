// SPDX-License-Identifier: Apache-2.0
import { until } from "../board-time";
import type { Connection } from "../../../tools/tcam/connection";
import { boardTest, type BoardCamera } from "../camera/rig";
import { accessPoint, getWifi, reconnect, setWifi, type Wifi } from "./rig";

const OLD = { flags: 1, ap_ssid: "Old", ap_pw: "old password", ap_ip_addr: "10.1.1.1", sta_ssid: "Old network" };
const NEW = { flags: 1, ap_ssid: "New", ap_pw: "", ap_ip_addr: "10.2.2.2", sta_ssid: "New network" };
const CAMERA = { agc_enabled: 1, emissivity: 87, gain_mode: 2 };

const unchecked = { sta_ip_addr: expect.any(String), sta_netmask: expect.any(String), flags: expect.any(Number) };
const expectedState = ({ ap_ssid, ap_ip_addr, sta_ssid }: typeof OLD): object => ({
  wifi: { ...unchecked, ap_ssid, ap_ip_addr, cur_ip_addr: ap_ip_addr, sta_ssid },
  air: { ssid: ap_ssid, open: ap_ssid === "New", address: ap_ip_addr },
});

/** The settings, as get_wifi and as the radio show them. */
async function state(camera: BoardCamera): Promise<{ wifi: Wifi; air: unknown }> {
  const client = await reconnect(camera);
  const wifi = await getWifi(client);
  client.close();
  return { wifi, air: accessPoint(camera.virtual) };
}

async function storeOld(camera: BoardCamera): Promise<Connection> {
  await setWifi(await reconnect(camera), OLD);
  return reconnect(camera);
}

/** Cuts the power in a key-value operation of a set_wifi, after `completed` others. @returns false if the command has fewer operations */
async function cutIn(camera: BoardCamera, client: Connection, completed: number): Promise<boolean> {
  const { board } = camera.virtual;
  board.cut.arm({ after: completed, on: "key-value" });
  const answer = await client.call("set_wifi", NEW).catch((error: Error) => error);
  if (board.cut.plan !== undefined) {
    board.cut.arm(undefined);
    return false;
  }
  expect(answer).toBeInstanceOf(Error);
  await until(camera.virtual, "the power is off", () => !board.powered);
  await board.powerOn();
  return true;
}

boardTest(
  "after a power cut at any storage operation of a set_wifi the old settings are unchanged, and it can be repeated",
  async (camera) => {
    await camera.virtual.waitForLog(/camera: Lepton .* is set up/);
    await (await camera.connect()).call("set_config", CAMERA);
    let cuts = 0;
    while (await cutIn(camera, await storeOld(camera), cuts)) {
      cuts += 1;
      // The command was not answered, and its only operation is atomic.
      expect(await state(camera)).toEqual(expectedState(OLD));
      const reconnected = await reconnect(camera);
      expect((await reconnected.call("get_config"))["config"]).toMatchObject(CAMERA);
      await setWifi(reconnected, NEW);
      expect(await state(camera)).toEqual(expectedState(NEW));
    }
    expect(cuts).toBe(1);
    expect(await state(camera)).toEqual(expectedState(NEW));
  },
);

boardTest("a power cut right after the answer keeps the new settings", async (camera) => {
  const { board } = camera.virtual;
  const client = await storeOld(camera);
  await client.call("set_wifi", NEW);
  await board.powerOff();
  await board.powerOn();
  expect(await state(camera)).toEqual(expectedState(NEW));
});
