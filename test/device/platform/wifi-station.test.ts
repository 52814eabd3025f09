// SPDX-License-Identifier: Apache-2.0
import { RadioBoard } from "./radio-board";
import { run } from "./run";

const connected = { event: "connected", ssid: "HomeNetwork", bssid: "02:00:00:00:10:01", rssi: -52, channel: 6 };
const address = { event: "address", address: "192.168.1.50", mask: "255.255.255.0", gateway: "192.168.1.1" };

/** Prints each change with the properties at that time. */
const station = (body: string): string => `
  import WiFi from "embedded:network/interface/wifi";
  const attempt = (action) => { try { say(action()); } catch (error) { say(error.name + ": " + error.message); } };
  const wifi = new WiFi({ onChanged(property) { say(property, wifi.connection, wifi.address, wifi.SSID, wifi.BSSID, wifi.RSSI, wifi.channel); } });
  ${body}
`;

test("joining a network goes from 300 over 400 to 500, with address and properties; losing it goes back to 200", async () => {
  const board = new RadioBoard({ connect: [connected, address] });
  const script = run(
    station(`
      say(wifi.connection, wifi.address, wifi.SSID, wifi.MAC);
      wifi.connect({ SSID: "HomeNetwork", password: "password" });
      say(wifi.connection);
      attempt(() => wifi.connect({ SSID: "HomeNetwork" }));
    `),
    { env: await board.start() },
  );
  for (const line of [
    "200   c4:dd:57:00:ef:ff",
    "300",
    "Error: already connecting",
    "connection 400  HomeNetwork 02:00:00:00:10:01 -52 6",
    "connection 500 192.168.1.50 HomeNetwork 02:00:00:00:10:01 -52 6",
    "address 500 192.168.1.50 HomeNetwork 02:00:00:00:10:01 -52 6",
  ])
    expect(await script.line()).toBe(line);
  board.say({ event: "rssi", rssi: -80 });
  board.say({ event: "address-lost" });
  expect(await script.line()).toBe("connection 400  HomeNetwork 02:00:00:00:10:01 -80 6");
  expect(await script.line()).toMatch(/^address 400 /);
  board.say({ event: "disconnected", reason: "lost" });
  expect(await script.line()).toBe("connection 200     ");
  expect(board.asked).toEqual([{ do: "connect", ssid: "HomeNetwork", password: "password" }]);
});

test("a failed join goes back to 200, and can be retried", async () => {
  const board = new RadioBoard({ connect: [{ event: "disconnected", reason: "authentication" }] });
  const script = run(station(`wifi.connect({ SSID: "HomeNetwork", password: "wrong-password" });`), {
    env: await board.start(),
  });
  expect(await script.line()).toBe("connection 200     ");
  expect(board.asked.length).toBe(1);
});

test("disconnect takes effect at once, and later events about the old network are ignored", async () => {
  const board = new RadioBoard({ disconnect: [connected, { event: "disconnected", reason: "left" }], connect: [] });
  const script = run(
    station(`
      wifi.connect({ SSID: "One" });
      wifi.disconnect();
      say(wifi.connection);
      wifi.connect({ SSID: "Two" });
      say(wifi.connection);
    `),
    { env: await board.start() },
  );
  expect(await script.line()).toBe("200");
  expect(await script.line()).toBe("300");
  await board.askedFor(3);
  board.say({ ...connected, ssid: "Two" });
  expect(await script.line()).toMatch(/^connection 400 {2}Two /);
});

test("a static address applies at once when connected; DHCP goes back to 400 until the lease arrives", async () => {
  const board = new RadioBoard({ connect: [connected, address] });
  const script = run(
    `
    import WiFi from "embedded:network/interface/wifi";
    import Timer from "timer";
    const wifi = new WiFi({ onChanged(property) { if (wifi.connection < 500) say(property, wifi.connection, wifi.address); } });
    wifi.connect({ SSID: "HomeNetwork", password: "password" });
    Timer.set(() => {
      wifi.configure({ static: { address: "192.168.1.77", mask: "255.255.255.0", gateway: "192.168.1.1" } });
      say("static", wifi.connection, wifi.address);
      wifi.configure({ static: false });
      say("dhcp", wifi.connection, wifi.address);
    }, 300);
    `,
    { env: await board.start() },
  );
  for (const line of ["connection 400 ", "static 500 192.168.1.77", "dhcp 400 ", "connection 400 "])
    expect(await script.line()).toBe(line);
});

test("a static address is checked and sent to the radio; false is DHCP", async () => {
  const board = new RadioBoard();
  const script = run(
    station(`
      const fixed = { address: "192.168.1.77", mask: "255.255.255.0", gateway: "192.168.1.1" };
      attempt(() => wifi.configure({ static: { ...fixed, address: "not.an.ip.address" } }));
      attempt(() => wifi.configure({ static: { ...fixed, mask: "255.255.255" } }));
      attempt(() => wifi.configure({ static: { ...fixed, gateway: "999.1.1.1" } }));
      attempt(() => wifi.configure({ hostname: "a".repeat(64) }));
      wifi.configure({ hostname: "camera" });
      wifi.configure({ static: fixed });
      wifi.configure({ static: false });
      wifi.close(); wifi.close();
      attempt(() => wifi.connection);
    `),
    { env: await board.start() },
  );
  for (const line of [
    "RangeError: invalid address",
    "RangeError: invalid mask",
    "RangeError: invalid gateway",
    "Error: set hostname failed",
    "SyntaxError: closed",
  ])
    expect(await script.line()).toBe(line);
  expect(await script.ended).toBe(0);
  expect(board.asked).toEqual([
    { do: "configure", static: { address: "192.168.1.77", mask: "255.255.255.0", gateway: "192.168.1.1" } },
    { do: "configure", static: false },
  ]);
});

test("a password has up to 64 bytes: a WPA2 key in hexadecimal is sent unchanged, one byte more throws", async () => {
  const board = new RadioBoard({ connect: [{ event: "disconnected", reason: "authentication" }] });
  const key = "0123456789abcdefABCDEF".padEnd(64, "0");
  const script = run(
    station(`
      attempt(() => wifi.connect({ SSID: "HomeNetwork", password: "${key}0" }));
      attempt(() => wifi.connect({ SSID: "HomeNetwork", password: "é".repeat(33) }));
      say(wifi.connection);
      wifi.connect({ SSID: "HomeNetwork", password: "${key}" });
      say(wifi.connection);
    `),
    { env: await board.start() },
  );
  const refused = "RangeError: SSID or password too long";
  for (const line of [refused, refused, "200", "300", "connection 200     "]) expect(await script.line()).toBe(line);
  expect(board.asked).toEqual([{ do: "connect", ssid: "HomeNetwork", password: key }]);
});
