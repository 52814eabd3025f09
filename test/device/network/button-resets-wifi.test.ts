// SPDX-License-Identifier: Apache-2.0
import { boardTime, until } from "../board-time";
import { boardTest } from "../camera/rig";
import { blinks, FAST_YELLOW, shows, SLOW_YELLOW, waveform } from "../status/waveform";
import { lastLine } from "../update/rig";
import { accessPoint, DEFAULTS, getWifi, logged, longPress, powerCycle, reconnect, setWifi } from "./rig";

const EVERYTHING = {
  flags: 0x91,
  ap_ssid: "Kitchen",
  ap_pw: "12345678",
  ap_ip_addr: "10.1.2.3",
  sta_ssid: "Nowhere",
  sta_pw: "87654321",
  sta_ip_addr: "10.9.9.9",
  sta_netmask: "255.0.0.0",
};
const OPEN = { ssid: DEFAULTS.ap_ssid, open: true, address: DEFAULTS.ap_ip_addr };

boardTest(
  "a press of five seconds blinks fast in yellow and restores the factory's network settings",
  async (camera) => {
    const { virtual } = camera;
    const client = await camera.connect();
    const fresh = await getWifi(client);
    await virtual.waitForLog(/camera: Lepton .* is set up/);
    await client.call("set_config", { emissivity: 87 });
    await setWifi(client, EVERYTHING);
    await until(virtual, "the access point is off", () => accessPoint(virtual) === null);
    const pressed = boardTime(virtual);
    await Promise.all([longPress(virtual), shows(virtual, FAST_YELLOW, pressed, 3)]);
    // Only yellow and off until the reset is complete.
    expect(new Set(waveform(virtual, pressed).map(([color]) => color))).toEqual(new Set(["yellow", "off"]));
    await until(virtual, "the access point is on", () => accessPoint(virtual) !== null);
    expect(accessPoint(virtual)).toEqual(OPEN);

    const reconnected = await reconnect(camera);
    const { flags, ...restored } = await getWifi(reconnected);
    expect(restored).toMatchObject(DEFAULTS);
    expect(restored).toEqual({ ...fresh, flags: undefined });
    expect(flags & 0x91).toBe(1);
    // The camera's image settings are unchanged.
    expect((await reconnected.call("get_config"))["config"]).toMatchObject({ emissivity: 87 });
    await powerCycle(virtual);
    expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
    expect(accessPoint(virtual)).toEqual(OPEN);
  },
);

boardTest("a press of less than five seconds changes nothing", async ({ virtual, connect }) => {
  const client = await connect();
  for (const ms of [500, 4_000]) {
    const before = lastLine(virtual);
    await virtual.board.press(ms);
    // Two presses without a pause between them would be one.
    await virtual.waitForLog(/status: button: short press, none/, 10_000, before);
  }
  expect(logged(virtual, /WiFi reset|long press/)).toEqual([]);
  await client.call("get_status");
});

boardTest("without a sensor the button resets WiFi too", async (camera) => {
  const { virtual } = camera;
  await setWifi(await camera.connect(), EVERYTHING);
  await powerCycle(virtual, () => virtual.board.lepton.faults.set("i2cNack", {}));
  await virtual.waitForLog(/fault 4/);
  const missing = boardTime(virtual);
  await shows(virtual, blinks(4), missing);
  const pressed = boardTime(virtual);
  await Promise.all([longPress(virtual), shows(virtual, FAST_YELLOW, pressed, 2)]);
  await until(virtual, "the access point is on", () => accessPoint(virtual) !== null);
  const reset = boardTime(virtual);
  expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
  await shows(virtual, blinks(4), reset);
});

boardTest("disabled WiFi stays disabled after a power cycle, and the button enables it", async (camera) => {
  const { virtual } = camera;
  const before = boardTime(virtual);
  await setWifi(await camera.connect(), { flags: 0, ap_ssid: "Kitchen" });
  await virtual.waitForLog(/network: WiFi is disabled/);
  await shows(virtual, SLOW_YELLOW, before, 2);
  await powerCycle(virtual);
  const on = boardTime(virtual);
  await shows(virtual, SLOW_YELLOW, on, 2);
  expect(virtual.board.radio.describe()).toMatchObject({ accessPoint: null, link: { state: "idle" } });
  await expect(camera.connect()).rejects.toThrow("cannot connect");
  await longPress(virtual);
  expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
  expect(accessPoint(virtual)).toEqual(OPEN);
  expect(logged(virtual, /fault \d/)).toEqual([]);
});
