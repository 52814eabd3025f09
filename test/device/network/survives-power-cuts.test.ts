// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "../../../tools/tcam/connection";
import { boardTest, type BoardCamera } from "../camera/rig";
import { accessPoint, getWifi, reconnect, setWifi, until, type Wifi } from "./rig";

const OLD = { flags: 1, ap_ssid: "Old", ap_pw: "old password", ap_ip_addr: "10.1.1.1", sta_ssid: "Old network" };
const NEW = { flags: 1, ap_ssid: "New", ap_pw: "", ap_ip_addr: "10.2.2.2", sta_ssid: "New network" };
const CAMERA = { agc_enabled: 1, emissivity: 87, gain_mode: 2 };

const answered = { sta_ip_addr: expect.any(String), sta_netmask: expect.any(String), flags: expect.any(Number) };
const shownOf = ({ ap_ssid, ap_ip_addr, sta_ssid }: typeof OLD): object => ({
  wifi: { ...answered, ap_ssid, ap_ip_addr, cur_ip_addr: ap_ip_addr, sta_ssid },
  air: { ssid: ap_ssid, open: ap_ssid === "New", address: ap_ip_addr },
});

/** All that can be seen of the settings, from inside and outside. */
async function shown(camera: BoardCamera): Promise<{ wifi: Wifi; air: unknown }> {
  const client = await reconnect(camera);
  const wifi = await getWifi(client);
  client.close();
  return { wifi, air: accessPoint(camera.device) };
}

async function storeOld(camera: BoardCamera): Promise<Connection> {
  await setWifi(await reconnect(camera), OLD);
  return reconnect(camera);
}

/** Cuts the power in the key-value operation behind `whole` others of a set_wifi. @returns whether the command came as far */
async function cutIn(camera: BoardCamera, client: Connection, whole: number): Promise<boolean> {
  const { board } = camera.device;
  board.cut.arm({ after: whole, on: "key-value" });
  const answer = await client.call("set_wifi", NEW).catch((error: Error) => error);
  if (board.cut.plan !== undefined) {
    board.cut.arm(undefined);
    return false;
  }
  expect(answer).toBeInstanceOf(Error);
  await until("the power is off", () => !board.powered);
  await board.powerOn();
  return true;
}

boardTest(
  "power cut at every storage operation of a set_wifi: the old settings are there, all else as it was, and it can be repeated",
  async (camera) => {
    await camera.device.waitForLog(/camera: Lepton .* is set up/, 30_000);
    await (await camera.connect()).call("set_config", CAMERA);
    let cuts = 0;
    while (await cutIn(camera, await storeOld(camera), cuts)) {
      cuts += 1;
      // Nothing was answered, and the one operation there is stores all or nothing.
      expect(await shown(camera)).toEqual(shownOf(OLD));
      const again = await reconnect(camera);
      expect((await again.call("get_config"))["config"]).toMatchObject(CAMERA);
      await setWifi(again, NEW);
      expect(await shown(camera)).toEqual(shownOf(NEW));
    }
    expect(cuts).toBe(1);
    expect(await shown(camera)).toEqual(shownOf(NEW));
  },
  { speed: 8 },
);

boardTest(
  "power lost right behind the answer: what was answered is stored",
  async (camera) => {
    const { board } = camera.device;
    const client = await storeOld(camera);
    await client.call("set_wifi", NEW);
    await board.powerOff();
    await board.powerOn();
    expect(await shown(camera)).toEqual(shownOf(NEW));
  },
  { speed: 8 },
);
