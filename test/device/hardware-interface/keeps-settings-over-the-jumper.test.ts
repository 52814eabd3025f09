// SPDX-License-Identifier: Apache-2.0
import { Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { restartAs, wiredBoardTest } from "./rig";

async function overWifi<T>(device: VirtualCamera, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open({ host: device.host, port: device.port, timeout: 20_000 });
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

wiredBoardTest("set_wifi over the serial port takes effect at the next start with WiFi", async (rig) => {
  const { camera, device } = rig;
  const network = { ap_ssid: "tCam-Kiln", ap_pw: "long enough", ap_ip_addr: "192.168.7.1" };
  await camera.connection.call("set_wifi", network);
  const stored = { ap_ssid: "tCam-Kiln", ap_ip_addr: "192.168.7.1" };
  expect(await camera.connection.call("get_wifi")).toMatchObject({ wifi: { ...stored, flags: 1 } });
  expect(await camera.connection.call("get_status")).toMatchObject({ status: { Camera: "tCam-Kiln" } });
  await restartAs(device, "wifi");
  const { wifi } = (await overWifi(device, (connection) => connection.call("get_wifi"))) as {
    wifi: { flags: number };
  };
  expect(wifi).toMatchObject({ ...stored, cur_ip_addr: "192.168.7.1" });
  expect(wifi.flags & 0b111).toBe(0b111); // enabled, initialised, started
  expect(device.board.radio.describe()["accessPoint"]).toEqual({
    ssid: "tCam-Kiln",
    open: false,
    address: "192.168.7.1",
  });
});

wiredBoardTest(
  "settings made over WiFi apply on the hardware interface; changes made there end with it",
  async ({ camera, device }) => {
    await overWifi(device, async (connection) => {
      await connection.call("set_config", { agc_enabled: 0, emissivity: 90, gain_mode: 2 });
      await connection.call("set_wifi", { ap_ssid: "tCam-Oven" });
    });
    await restartAs(device, "serial");
    const { connection } = camera;
    expect(await connection.call("get_config")).toMatchObject({
      config: { agc_enabled: 0, emissivity: 90, gain_mode: 2 },
    });
    expect(await connection.call("get_wifi")).toMatchObject({ wifi: { ap_ssid: "tCam-Oven", flags: 1 } });
    await connection.call("set_config", { emissivity: 80 });
    expect(await connection.call("get_config")).toMatchObject({ config: { emissivity: 80 } });
    await restartAs(device, "wifi");
    const after = await overWifi(device, (client) => client.call("get_config"));
    expect(after).toMatchObject({ config: { agc_enabled: 0, emissivity: 90, gain_mode: 2 } });
  },
  { mode: "wifi" },
);
