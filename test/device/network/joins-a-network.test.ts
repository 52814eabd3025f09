// SPDX-License-Identifier: Apache-2.0
import type { RadioEvent, RadioNetwork } from "../../../simulator/board/radio";
import { boardTest, type BoardCamera } from "../camera/rig";
import { now, shows, showsSolid, SLOW_YELLOW } from "../status/waveform";
import { air, ended, getWifi, HOME, logged, powerCycle, reconnect, setWifi } from "./rig";

const SPEED = { speed: 4 };
/** What `wpa_passphrase HomeNetwork password` prints as psk. */
const HOME_KEY = "98ed031fd517354eab3655fb22b0b54c3ece807d566de9a9a59ab53a017485af";

/** The camera is on the home network, under the address its DHCP server gives. */
async function isHome(camera: BoardCamera): Promise<void> {
  expect(await getWifi(await reconnect(camera))).toMatchObject({
    flags: 143,
    sta_ssid: "HomeNetwork",
    cur_ip_addr: "192.168.1.50",
  });
}

/** What keeps the camera off the network, what it says then, and what ends it. */
const TROUBLES: [string, Partial<RadioNetwork>, RegExp, Partial<RadioNetwork>][] = [
  ["the password is wrong", { password: "another one" }, /could not be joined/, { password: "password" }],
  ["the network is not there", { inRange: false }, /could not be joined/, { inRange: true }],
  ["the network refuses it", { refuse: true }, /could not be joined/, { refuse: false }],
  ["DHCP is silent", { dhcp: { mode: "silent" } }, /waiting for an address/, { dhcp: { mode: "normal" } }],
];

describe.each(TROUBLES)("while %s", (_, trouble, words, remedy) => {
  boardTest(
    "the camera goes on trying and blinks slowly; afterwards it is there by itself",
    async (camera) => {
      const { device } = camera;
      air(device, trouble);
      const before = now(device);
      await setWifi(await reconnect(camera), HOME);
      await shows(device, SLOW_YELLOW, before, 2);
      expect(logged(device, words)).not.toEqual([]);
      expect(device.board.radio.describe()).toMatchObject({ accessPoint: null, link: expect.anything() });
      air(device, remedy);
      await showsSolid(device, "yellow", now(device));
      await isHome(camera);
      expect(logged(device, /fault \d|"password"|: password/)).toEqual([]);
    },
    SPEED,
  );
});

boardTest(
  "the network's WPA2 key opens it in place of its passphrase, over a power cycle too; the access point takes none",
  async (camera) => {
    const { device } = camera;
    const client = await reconnect(camera);
    await expect(client.call("set_wifi", { ap_pw: HOME_KEY })).rejects.toThrow("ap_pw must be 8 to 63 bytes");
    await setWifi(client, { ...HOME, sta_pw: HOME_KEY });
    await isHome(camera);
    await powerCycle(device);
    await isHome(camera);
    expect(logged(device, new RegExp(HOME_KEY, "i"))).toEqual([]);
  },
  SPEED,
);

boardTest(
  "another network's key is a wrong password",
  async (camera) => {
    const { device } = camera;
    await setWifi(await reconnect(camera), { ...HOME, sta_pw: HOME_KEY.replace(/./, "e") });
    await device.waitForLog(/"HomeNetwork" could not be joined/, 60_000);
    expect(device.board.radio.describe()).toMatchObject({
      link: { state: expect.stringMatching(/idle|joining/) as string },
    });
  },
  SPEED,
);

boardTest(
  "a DHCP server may take its time",
  async (camera) => {
    air(camera.device, { dhcp: { mode: "late", delay: 20_000 } });
    await setWifi(await reconnect(camera), HOME);
    await isHome(camera);
    expect(logged(camera.device, /network: .*trying again/)).toEqual([]);
  },
  SPEED,
);

boardTest(
  "a network that is lost ends the session, and the LED shows it; when it is back, so is the camera",
  async (camera) => {
    const { device } = camera;
    await setWifi(await reconnect(camera), HOME);
    const client = await reconnect(camera);
    await showsSolid(device, "green", now(device));
    const end = ended(client);
    const lost = now(device);
    air(device, { inRange: false });
    await end;
    await shows(device, SLOW_YELLOW, lost, 2);
    const back = now(device);
    air(device, { inRange: true });
    await showsSolid(device, "yellow", back);
    await isHome(camera);
  },
  SPEED,
);

boardTest(
  "an address that DHCP changes is the one the camera tells",
  async (camera) => {
    await setWifi(await reconnect(camera), HOME);
    await isHome(camera);
    air(camera.device, { lease: { address: "192.168.1.99", mask: "255.255.255.0", gateway: "192.168.1.1" } });
    await camera.device.waitForLog(/network: on "HomeNetwork" as 192\.168\.1\.99/, 60_000);
    expect(await getWifi(await reconnect(camera))).toMatchObject({ flags: 143, cur_ip_addr: "192.168.1.99" });
  },
  SPEED,
);

boardTest(
  "a static address has its own mask, and the first host of its network as gateway; a power cycle keeps it",
  async (camera) => {
    const { device } = camera;
    const addresses: RadioEvent[] = [];
    device.board.radio.changed.subscribe((event) => event.event === "address" && addresses.push(event));
    const fixed = { ...HOME, flags: 0x91, sta_ip_addr: "10.20.31.77", sta_netmask: "255.255.254.0" };
    const told = { flags: 159, cur_ip_addr: "10.20.31.77", sta_ip_addr: "10.20.31.77", sta_netmask: "255.255.254.0" };
    await setWifi(await reconnect(camera), fixed);
    const before = await getWifi(await reconnect(camera));
    expect(before).toMatchObject(told);
    expect(addresses).toEqual([
      { event: "address", address: "10.20.31.77", mask: "255.255.254.0", gateway: "10.20.30.1" },
    ]);
    await powerCycle(device);
    expect(await getWifi(await reconnect(camera))).toEqual(before);
    expect(addresses).toHaveLength(2);
    expect(addresses[1]).toEqual(addresses[0]);
  },
  SPEED,
);
