// SPDX-License-Identifier: Apache-2.0
import { boardTest, type VirtualCamera } from "../camera/rig";
import { getWifi, reconnect, until, waveform } from "./rig";

const colour = ({ device }: VirtualCamera): string => device.board.led.color;
const THIS_COMPUTER = "02:00:00:00:20:01";

boardTest("the LED follows the connection: blinking, solid yellow, green, and back", async (camera) => {
  const { device, connect } = camera;
  // An event of the radio's is a yellow that lasts; a blink is over after a second.
  const solid = (): boolean => device.board.led.since().at(-1)?.color === "yellow" && waveform(camera, 0).length < 40;
  await until("a station has joined", solid);
  const client = await connect();
  await until("green with a client", () => colour(camera) === "green");
  client.close();
  await until("yellow without", () => colour(camera) === "yellow");
  const alone = device.board.led.since().at(-1)?.board ?? 0;
  device.board.radio.stationLeaves(THIS_COMPUTER);
  await until("blinking", () => device.board.led.since(alone).length >= 5);
  const [first, ...blinks] = waveform(camera, alone);
  expect(first?.[0]).toBe("off");
  for (const [i, [shown, ms]] of blinks.entries()) {
    expect(shown).toBe(i % 2 === 0 ? "yellow" : "off");
    expect(Math.abs(ms - 1_000)).toBeLessThan(400);
  }
});

boardTest(
  "the button, held for five seconds, brings the access point back, whatever was set",
  async (camera) => {
    const { device, connect } = camera;
    await (await connect()).call("set_wifi", { flags: 0x81, sta_ssid: "Nowhere", ap_ssid: "Kitchen" });
    await until("it is not to be found", () => device.board.radio.describe()["accessPoint"] === null);
    const { led } = device.board;
    const before = led.since().at(-1)?.board ?? 0;
    void device.board.press(5_600);
    await until("the access point is back", () => device.board.radio.describe()["accessPoint"] !== null);
    // The alert: yellow of a tenth of a second, for three seconds.
    const fast = waveform(camera, before).filter(([, ms]) => ms < 170);
    expect(fast.length).toBeGreaterThan(20);
    expect(new Set(fast.map(([shown]) => shown))).toEqual(new Set(["yellow", "off"]));
    expect(await getWifi(await reconnect(camera))).toMatchObject({
      ap_ssid: "tCam-Mini-EFB5",
      sta_ssid: "",
      cur_ip_addr: "192.168.4.1",
    });
  },
  { speed: 2 },
);

boardTest(
  "without a sensor the camera answers and blinks four times, and the button still resets WiFi",
  async (camera) => {
    const { device } = camera;
    const client = await reconnect(camera);
    device.board.lepton.faults.set("i2cNack", {});
    await client.call("get_lep_cci", { command: 0x0204, length: 4 }).catch(() => undefined);
    await until("four red blinks", () => {
      const reds = waveform(camera, 0).slice(-9);
      return reds.filter(([shown]) => shown === "red").length === 4 && reds.some(([, ms]) => ms > 2_000);
    });
    expect((await client.call("get_status"))["status"]).toMatchObject({ Camera: "tCam-Mini-EFB5" });
    await device.board.press(5_600);
    await until("WiFi was reset", () => device.log.some(({ text }) => text.includes("WiFi reset: access point")));
    device.board.lepton.faults.clear("i2cNack");
    await until("no fault any more", () => device.log.some(({ text }) => /fault 4 .*is gone/.test(text)));
  },
  { speed: 4 },
);
