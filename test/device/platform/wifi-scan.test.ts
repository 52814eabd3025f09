// SPDX-License-Identifier: Apache-2.0
import { RadioBoard } from "./radio-board";
import { run } from "./run";

const connected = { event: "connected", ssid: "HomeNetwork", bssid: "02:00:00:00:10:01", rssi: -52, channel: 6 };
const networks = [
  { ssid: "HomeNetwork", bssid: "02:00:00:00:10:01", rssi: -52, channel: 6, authentication: "wpa2" },
  { ssid: "Café", bssid: "02:00:00:00:10:02", rssi: -80, channel: 11, authentication: "none" },
];

test("a scan reports each network and then its end; a second scan meanwhile throws; a closed owner gets no call", async () => {
  const board = new RadioBoard({ scan: [{ event: "scan", networks }], connect: [connected] });
  const script = run(
    `
    import WiFi from "embedded:network/interface/wifi";
    const attempt = (action) => { try { say(action()); } catch (error) { say(error.message); } };
    const wifi = new WiFi({ onChanged() { say("changed", wifi.connection); } }), other = new WiFi({});
    attempt(() => wifi.scan({ onComplete() {} }));
    const scan = (owner, name, channel, then) => owner.scan({
      channel,
      onFound({ SSID, BSSID, RSSI, channel }) { say(name, SSID, BSSID, RSSI, channel); },
      onComplete() { say(name, "complete"); then?.(); },
    });
    scan(wifi, "first", undefined, () => {
      scan(wifi, "second", 11, () => {
        scan(other, "third");
        other.close();
        wifi.connect({ SSID: "HomeNetwork", password: "password" });
      });
    });
    attempt(() => scan(other, "busy"));
    `,
    { env: await board.start() },
  );
  for (const line of [
    "onFound required",
    "already scanning",
    "first HomeNetwork 02:00:00:00:10:01 -52 6",
    "first Café 02:00:00:00:10:02 -80 11",
    "first complete",
    "second Café 02:00:00:00:10:02 -80 11",
    "second complete",
    // The radio answers in order: the third scan is over.
    "changed 400",
  ])
    expect(await script.line()).toBe(line);
  expect(board.asked.map(({ do: operation }) => operation)).toEqual(["scan", "scan", "scan", "connect"]);
});
