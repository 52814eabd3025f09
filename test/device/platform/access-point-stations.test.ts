// SPDX-License-Identifier: Apache-2.0
import { RadioBoard } from "./radio-board";
import { run } from "./run";

const up = {
  event: "access-point",
  up: true,
  ssid: "tCam-Mini-EFB5",
  mac: "c4:dd:57:00:ef:00",
  address: "192.168.4.1",
};

test("the access point reports when it is up and how many stations have joined; invalid settings throw", async () => {
  const board = new RadioBoard({ "access-point": [up] });
  const script = run(
    `
    import AccessPoint from "platform/access-point";
    const attempt = (action) => { try { say(action()); } catch (error) { say(error.name + ": " + error.message); } };
    const settings = { ssid: "tCam-Mini-EFB5", address: "192.168.4.1", mask: "255.255.255.0" };
    const point = new AccessPoint({ onChanged(property) { say(property, point.active, point.stations); } });
    say(point.active, point.stations, point.MAC);
    for (const bad of [{ ssid: "" }, { ssid: "x".repeat(33) }, { password: "short" }, { password: "a".repeat(64) }, { channel: 14 }, { max: 0 }, { address: "192.168.4" }, { mask: "x" }])
      attempt(() => point.start({ ...settings, ...bad }));
    point.start({ ...settings, password: "password", channel: 3, max: 2, range: { first: "192.168.4.2", last: "192.168.4.10" } });
    `,
    { env: await board.start() },
  );
  expect(await script.line()).toBe("false 0 c4:dd:57:00:ef:00");
  for (const what of [
    "ssid",
    "ssid",
    "password",
    "password",
    "invalid channel",
    "invalid max",
    "invalid address",
    "invalid mask",
  ])
    expect(await script.line()).toMatch(new RegExp(`^RangeError: ${what}`));
  expect(await script.line()).toBe("active true 0");
  board.say({ event: "station-joined", mac: "02:00:00:00:20:01", address: "192.168.4.2" });
  expect(await script.line()).toBe("stations true 1");
  board.say({ event: "station-joined", mac: "02:00:00:00:20:02", address: "192.168.4.3" });
  expect(await script.line()).toBe("stations true 2");
  board.say({ event: "station-left", mac: "02:00:00:00:20:01" });
  expect(await script.line()).toBe("stations true 1");
  board.say({ event: "access-point", up: false });
  expect(await script.line()).toMatch(/^stations .* 0$/);
  expect(await script.line()).toBe("active false 0");
  expect(board.asked).toEqual([
    {
      do: "access-point",
      ssid: "tCam-Mini-EFB5",
      password: "password",
      channel: 3,
      max: 2,
      address: "192.168.4.1",
      mask: "255.255.255.0",
    },
  ]);
});
