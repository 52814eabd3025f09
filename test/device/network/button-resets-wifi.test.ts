// SPDX-License-Identifier: Apache-2.0
import { boardTest } from "../camera/rig";
import { blinks, FAST_YELLOW, now, shows, SLOW_YELLOW, waveform } from "../status/waveform";
import { accessPoint, DEFAULTS, getWifi, logged, longPress, powerCycle, reconnect, setWifi, until } from "./rig";

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
  "the button, held for five seconds, blinks fast in yellow and brings back the network of the factory",
  async (camera) => {
    const { device } = camera;
    const client = await camera.connect();
    const fresh = await getWifi(client);
    await device.waitForLog(/camera: Lepton .* is set up/, 30_000);
    await client.call("set_config", { emissivity: 87 });
    await setWifi(client, EVERYTHING);
    await until("it is off the air", () => accessPoint(device) === null);
    const pressed = now(device);
    await Promise.all([longPress(device), shows(device, FAST_YELLOW, pressed, 3)]);
    // Nothing but yellow and dark, from the five seconds on until the reset has happened.
    expect(new Set(waveform(device, pressed).map(([color]) => color))).toEqual(new Set(["yellow", "off"]));
    await until("the access point is back", () => accessPoint(device) !== null);
    expect(accessPoint(device)).toEqual(OPEN);

    const again = await reconnect(camera);
    const { flags, ...restored } = await getWifi(again);
    expect(restored).toMatchObject(DEFAULTS);
    expect(restored).toEqual({ ...fresh, flags: undefined });
    expect(flags & 0x91).toBe(1);
    // The picture's settings are no part of it.
    expect((await again.call("get_config"))["config"]).toMatchObject({ emissivity: 87 });
    await powerCycle(device);
    expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
    expect(accessPoint(device)).toEqual(OPEN);
  },
);

boardTest("a press that is let go before five seconds changes nothing", async ({ device, connect }) => {
  const client = await connect();
  for (const ms of [500, 4_000]) {
    const before = device.log.at(-1)?.number ?? 0;
    await device.board.press(ms);
    // Waited for: two presses without a moment between them are one.
    await device.waitForLog(/status: button: short press, none/, 10_000, before);
  }
  expect(logged(device, /WiFi reset|long press/)).toEqual([]);
  await client.call("get_status");
});

boardTest(
  "without a sensor, from the start on, the button resets WiFi all the same",
  async (camera) => {
    const { device } = camera;
    await setWifi(await camera.connect(), EVERYTHING);
    await powerCycle(device, () => device.board.lepton.faults.set("i2cNack", {}));
    await device.waitForLog(/fault 4/, 30_000);
    const missing = now(device);
    await shows(device, blinks(4), missing);
    const pressed = now(device);
    await Promise.all([longPress(device), shows(device, FAST_YELLOW, pressed, 2)]);
    await until("the access point is back", () => accessPoint(device) !== null);
    const reset = now(device);
    expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
    await shows(device, blinks(4), reset);
  },
  { speed: 2 },
);

boardTest(
  "WiFi that is disabled stays so through a power cycle, and the button brings it back",
  async (camera) => {
    const { device } = camera;
    const before = now(device);
    await setWifi(await camera.connect(), { flags: 0, ap_ssid: "Kitchen" });
    await device.waitForLog(/network: WiFi is disabled/, 10_000);
    await shows(device, SLOW_YELLOW, before, 2);
    await powerCycle(device);
    const on = now(device);
    await shows(device, SLOW_YELLOW, on, 2);
    expect(device.board.radio.describe()).toMatchObject({ accessPoint: null, link: { state: "idle" } });
    await expect(camera.connect()).rejects.toThrow("cannot connect");
    await longPress(device);
    expect(await getWifi(await reconnect(camera))).toMatchObject(DEFAULTS);
    expect(accessPoint(device)).toEqual(OPEN);
    expect(logged(device, /fault \d/)).toEqual([]);
  },
  { speed: 4 },
);
