// SPDX-License-Identifier: Apache-2.0
import { boardTime } from "../board-time";
import type { RadioEvent, RadioNetwork } from "../../../simulator/board/radio";
import { boardTest, type BoardCamera } from "../camera/rig";
import { shows, showsSolid, SLOW_YELLOW } from "../status/waveform";
import { changeNetwork, closed, getWifi, HOME, logged, powerCycle, reconnect, setWifi } from "./rig";

/** The psk of `wpa_passphrase HomeNetwork password`. */
const HOME_KEY = "98ed031fd517354eab3655fb22b0b54c3ece807d566de9a9a59ab53a017485af";

/** Expects the camera on its home network with the address of the DHCP server. */
async function expectHome(camera: BoardCamera): Promise<void> {
  expect(await getWifi(await reconnect(camera))).toMatchObject({
    flags: 143,
    sta_ssid: "HomeNetwork",
    cur_ip_addr: "192.168.1.50",
  });
}

/** Failures: the change of the network, the camera's log line, and the remedy. */
const FAILURES: [string, Partial<RadioNetwork>, RegExp, Partial<RadioNetwork>][] = [
  ["the password is wrong", { password: "another one" }, /could not be joined/, { password: "password" }],
  ["the network is not there", { inRange: false }, /could not be joined/, { inRange: true }],
  ["the network refuses it", { refuse: true }, /could not be joined/, { refuse: false }],
  ["DHCP is silent", { dhcp: { mode: "silent" } }, /waiting for an address/, { dhcp: { mode: "normal" } }],
];

describe.each(FAILURES)("while %s", (_, failure, logLine, remedy) => {
  boardTest("the camera retries and blinks slowly; afterwards it joins by itself", async (camera) => {
    const { virtual } = camera;
    changeNetwork(virtual, failure);
    const before = boardTime(virtual);
    await setWifi(await reconnect(camera), HOME);
    await shows(virtual, SLOW_YELLOW, before, 2);
    expect(logged(virtual, logLine)).not.toEqual([]);
    expect(virtual.board.radio.describe()).toMatchObject({ accessPoint: null, link: expect.anything() });
    changeNetwork(virtual, remedy);
    await showsSolid(virtual, "yellow", boardTime(virtual));
    await expectHome(camera);
    expect(logged(virtual, /fault \d|"password"|: password/)).toEqual([]);
  });
});

boardTest(
  "the network's WPA2 key is accepted instead of the passphrase, also after a power cycle; the access point rejects a key",
  async (camera) => {
    const { virtual } = camera;
    const client = await reconnect(camera);
    await expect(client.call("set_wifi", { ap_pw: HOME_KEY })).rejects.toThrow("ap_pw must be 8 to 63 bytes");
    await setWifi(client, { ...HOME, sta_pw: HOME_KEY });
    await expectHome(camera);
    await powerCycle(virtual);
    await expectHome(camera);
    expect(logged(virtual, new RegExp(HOME_KEY, "i"))).toEqual([]);
  },
);

boardTest("a wrong key is a wrong password", async (camera) => {
  const { virtual } = camera;
  await setWifi(await reconnect(camera), { ...HOME, sta_pw: HOME_KEY.replace(/./, "e") });
  await virtual.waitForLog(/"HomeNetwork" could not be joined/);
  expect(virtual.board.radio.describe()).toMatchObject({
    link: { state: expect.stringMatching(/idle|joining/) as string },
  });
});

boardTest("a DHCP server may answer late", async (camera) => {
  changeNetwork(camera.virtual, { dhcp: { mode: "late", delay: 20_000 } });
  await setWifi(await reconnect(camera), HOME);
  await expectHome(camera);
  expect(logged(camera.virtual, /network: .*retry in/)).toEqual([]);
});

boardTest("loss of the network ends the session and is shown by the LED; the camera rejoins later", async (camera) => {
  const { virtual } = camera;
  await setWifi(await reconnect(camera), HOME);
  const client = await reconnect(camera);
  await showsSolid(virtual, "green", boardTime(virtual));
  const end = closed(client);
  const lost = boardTime(virtual);
  changeNetwork(virtual, { inRange: false });
  await end;
  await shows(virtual, SLOW_YELLOW, lost, 2);
  const back = boardTime(virtual);
  changeNetwork(virtual, { inRange: true });
  await showsSolid(virtual, "yellow", back);
  await expectHome(camera);
});

boardTest("the camera reports an address changed by DHCP", async (camera) => {
  await setWifi(await reconnect(camera), HOME);
  await expectHome(camera);
  changeNetwork(camera.virtual, {
    lease: { address: "192.168.1.99", mask: "255.255.255.0", gateway: "192.168.1.1" },
  });
  await camera.virtual.waitForLog(/network: on "HomeNetwork" as 192\.168\.1\.99/);
  expect(await getWifi(await reconnect(camera))).toMatchObject({ flags: 143, cur_ip_addr: "192.168.1.99" });
});

boardTest(
  "a static address has its mask and, as gateway, the first host of its network; a power cycle keeps it",
  async (camera) => {
    const { virtual } = camera;
    const addresses: RadioEvent[] = [];
    virtual.board.radio.changed.subscribe((event) => event.event === "address" && addresses.push(event));
    const fixed = { ...HOME, flags: 0x91, sta_ip_addr: "10.20.31.77", sta_netmask: "255.255.254.0" };
    const expected = {
      flags: 159,
      cur_ip_addr: "10.20.31.77",
      sta_ip_addr: "10.20.31.77",
      sta_netmask: "255.255.254.0",
    };
    await setWifi(await reconnect(camera), fixed);
    const before = await getWifi(await reconnect(camera));
    expect(before).toMatchObject(expected);
    expect(addresses).toEqual([
      { event: "address", address: "10.20.31.77", mask: "255.255.254.0", gateway: "10.20.30.1" },
    ]);
    await powerCycle(virtual);
    expect(await getWifi(await reconnect(camera))).toEqual(before);
    expect(addresses).toHaveLength(2);
    expect(addresses[1]).toEqual(addresses[0]);
  },
);
