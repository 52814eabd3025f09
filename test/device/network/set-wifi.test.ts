// SPDX-License-Identifier: Apache-2.0
import type { Connection } from "../../../tools/tcam/connection";
import { until, untilAnswered } from "../board-time";
import { boardTest, type BoardCamera } from "../camera/rig";
import { accessPoint, getWifi, HOME, logged, reconnect, setWifi } from "./rig";

/** Resolves when this computer has joined the access point. */
function joined({ virtual }: BoardCamera, client: Connection): Promise<void> {
  return untilAnswered(virtual, "flags 15", async () => (await getWifi(client)).flags === 15);
}

boardTest("set_wifi is answered, then the session ends, then the camera has its new address", async (camera) => {
  const client = await camera.connect();
  await joined(camera, client);
  expect(await getWifi(client)).toMatchObject({ cur_ip_addr: "192.168.4.1", ap_ip_addr: "192.168.4.1" });

  await setWifi(client, HOME);
  const station = await reconnect(camera);
  expect(await getWifi(station)).toMatchObject({ flags: 143, sta_ssid: "HomeNetwork", cur_ip_addr: "192.168.1.50" });
  expect(accessPoint(camera.virtual)).toBeNull();

  await setWifi(station, { flags: 0x91, sta_ip_addr: "192.168.1.77", sta_netmask: "255.255.255.0" });
  const moved = await reconnect(camera);
  expect(await getWifi(moved)).toMatchObject({ flags: 159, cur_ip_addr: "192.168.1.77" });

  await setWifi(moved, { flags: 1, ap_ip_addr: "10.1.2.3", ap_ssid: "Kitchen", ap_pw: "12345678" });
  const back = await reconnect(camera);
  expect(await getWifi(back)).toMatchObject({ ap_ssid: "Kitchen", cur_ip_addr: "10.1.2.3" });
  expect((await back.call("get_status"))["status"]).toMatchObject({ Camera: "Kitchen" });
  expect(accessPoint(camera.virtual)).toEqual({ ssid: "Kitchen", open: false, address: "10.1.2.3" });
  // The radio was free at each change of the mode.
  expect(logged(camera.virtual, /fault \d|could not be set up/)).toEqual([]);
  expect(logged(camera.virtual, /"password"|12345678/)).toEqual([]);
});

boardTest(
  "stations of a configured access point get addresses after its own; a wrong password is rejected",
  async (camera) => {
    const { radio } = camera.virtual.board;
    await setWifi(await camera.connect(), { ap_ip_addr: "10.1.2.3", ap_ssid: "Kitchen", ap_pw: "12345678" });
    const kitchen = { ssid: "Kitchen", open: false, address: "10.1.2.3" };
    await until(
      camera.virtual,
      "the access point is on",
      () => JSON.stringify(accessPoint(camera.virtual)) === JSON.stringify(kitchen),
    );
    radio.stationJoins({ mac: "02:00:00:00:20:02", auto: false, password: "12345678" });
    radio.stationJoins({ mac: "02:00:00:00:20:03", auto: false, password: "87654321" });
    const leases = (): (string | null)[] =>
      (radio.describe()["stations"] as { address: string | null }[]).map(({ address }) => address);
    await until(camera.virtual, "this computer and the guest have joined", () => leases().slice(0, 2).every(Boolean));
    expect(leases().slice(0, 2).sort()).toEqual(["10.1.2.4", "10.1.2.5"]);
    expect(leases()[2]).toBeNull();
    expect(await getWifi(await reconnect(camera))).toMatchObject({ flags: 15, cur_ip_addr: "10.1.2.3" });
  },
);

boardTest("a change that would make the camera unreachable is rejected, and the session continues", async (camera) => {
  const client = await camera.connect();
  await joined(camera, client);
  const before = await getWifi(client);
  const stored = camera.virtual.board.cut.counts["key-value"];
  for (const args of [
    { flags: 0x81 },
    { ap_ip_addr: "192.168.4.255" },
    { sta_ip_addr: "10.0.0.300" },
    { ap_ssid: "Kitchen", ap_pw: "1234567" },
    { ...HOME, flags: 0x91, sta_ip_addr: "10.0.0.5", sta_netmask: "255.0.255.0" },
  ])
    await expect(client.call("set_wifi", args)).rejects.toThrow("set_wifi failed");
  expect(await getWifi(client)).toEqual(before);
  expect(camera.virtual.board.cut.counts["key-value"]).toBe(stored);
});

boardTest("a password has 8 to 63 bytes of UTF-8, and the error names bytes", async (camera) => {
  const client = await camera.connect();
  for (const sta_pw of ["é".repeat(32), "é".repeat(3)])
    await expect(client.call("set_wifi", { sta_pw })).rejects.toThrow(
      "set_wifi failed: sta_pw must be 8 to 63 bytes, or ",
    );
  await setWifi(client, { ap_pw: "é".repeat(4) });
  await until(
    camera.virtual,
    "the access point has a password",
    () => (accessPoint(camera.virtual) as { open?: boolean })?.open === false,
  );
});
