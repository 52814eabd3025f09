// SPDX-License-Identifier: Apache-2.0
import { boardTest } from "../camera/rig";
import { ended, getWifi, reconnect, until } from "./rig";

const HOME = { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" };

boardTest(
  "set_wifi is answered, then the session ends in order, then the camera is at its new address",
  async (camera) => {
    const client = await camera.connect();
    await until("this computer has joined the access point", async () => (await getWifi(client)).flags === 15);
    expect(await getWifi(client)).toMatchObject({ cur_ip_addr: "192.168.4.1", ap_ip_addr: "192.168.4.1" });

    const end = ended(client);
    const answer = await client.call("set_wifi", HOME);
    expect(answer["cam_info"]).toEqual({ info_value: 1, info_string: "set_wifi success" });
    expect((await end)?.message).toBe("the camera closed the connection");

    const station = await reconnect(camera);
    expect(await getWifi(station)).toMatchObject({ flags: 143, sta_ssid: "HomeNetwork", cur_ip_addr: "192.168.1.50" });

    const fixed = { flags: 0x91, sta_ip_addr: "192.168.1.77", sta_netmask: "255.255.255.0" };
    await station.call("set_wifi", fixed);
    const moved = await reconnect(camera);
    expect(await getWifi(moved)).toMatchObject({ flags: 159, cur_ip_addr: "192.168.1.77" });

    await moved.call("set_wifi", { flags: 1, ap_ip_addr: "10.1.2.3", ap_ssid: "Kitchen", ap_pw: "12345678" });
    const back = await reconnect(camera);
    expect(await getWifi(back)).toMatchObject({ ap_ssid: "Kitchen", cur_ip_addr: "10.1.2.3" });
    expect((await back.call("get_status"))["status"]).toMatchObject({ Camera: "Kitchen" });
    expect(camera.device.board.radio.describe()["accessPoint"]).toEqual({
      ssid: "Kitchen",
      open: false,
      address: "10.1.2.3",
    });
    // Between one mode and the other the radio was never found in use.
    expect(camera.device.log.filter(({ text }) => /^fault \d|could not be set up/.test(text))).toEqual([]);
    expect(camera.device.log.filter(({ text }) => /"password"|12345678/.test(text))).toEqual([]);
  },
  { speed: 4 },
);

boardTest("a change that would leave the camera out of reach is refused, and the session goes on", async (camera) => {
  const client = await camera.connect();
  const before = await getWifi(client);
  for (const args of [{ flags: 0x81 }, { ap_ip_addr: "192.168.4.255" }, { sta_ip_addr: "10.0.0.300" }])
    await expect(client.call("set_wifi", args)).rejects.toThrow("set_wifi failed");
  expect(await getWifi(client)).toMatchObject({ ...before, flags: expect.any(Number) });
});

boardTest(
  "the network goes and comes back: the camera is there again by itself",
  async (camera) => {
    await (await camera.connect()).call("set_wifi", HOME);
    const client = await reconnect(camera);
    const end = ended(client);
    camera.device.board.radio.setNetwork({ ssid: "HomeNetwork", inRange: false });
    await end;
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    camera.device.board.radio.setNetwork({ ssid: "HomeNetwork", inRange: true });
    expect((await getWifi(await reconnect(camera))).cur_ip_addr).toBe("192.168.1.50");
  },
  { speed: 8 },
);
