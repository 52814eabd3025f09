// SPDX-License-Identifier: Apache-2.0
import { RadioBoard } from "./radio-board";
import { run } from "./run";

test("all instances see a change, also when one closes in its callback, and the last one switches the radio off", async () => {
  const board = new RadioBoard({
    connect: [
      { event: "connected", ssid: "HomeNetwork", bssid: "02:00:00:00:10:01", rssi: -52, channel: 6 },
      { event: "address", address: "192.168.1.50", mask: "255.255.255.0", gateway: "192.168.1.1" },
    ],
  });
  const script = run(
    `
    import WiFi from "embedded:network/interface/wifi";
    import AccessPoint from "platform/access-point";
    const open = (name) => {
      const wifi = new WiFi({ onChanged(property) {
        if (property !== "connection" || wifi.connection < 500) return;
        say(name, wifi.address);
        wifi.close();
      } });
      return wifi;
    };
    const first = open("first"), second = open("second");
    first.connect({ SSID: "HomeNetwork", password: "password" });
    `,
    { env: await board.start() },
  );
  expect(await script.line()).toBe("first 192.168.1.50");
  expect(await script.line()).toBe("second 192.168.1.50");
  expect(await script.ended).toBe(0);
  expect(board.board?.openings.length).toBe(1);
});
