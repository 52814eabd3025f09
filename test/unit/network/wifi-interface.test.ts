// SPDX-License-Identifier: Apache-2.0
import { Emitter } from "modules/events/emitter";
import type { Discovery } from "modules/network/discovery";
import type { NetworkEvents, NetworkManager } from "modules/network/network";
import { WifiInterface } from "modules/network/wifi-interface";
import { PORT, type Server } from "modules/server/server";
import type { ServerEvents } from "modules/server/server";

class FakeNetwork extends Emitter<NetworkEvents> {
  readonly name = "tCam-Mini-EFB5";
  enabled = true;
  streaming = false;
  start = jest.fn();
  report(address: string | undefined): void {
    this.emit("address", address);
  }
}

class FakeServer extends Emitter<ServerEvents> {
  readonly port = 80;
  start = jest.fn();
  stop = jest.fn();
  clients(count: number): void {
    this.emit("clients", count);
  }
  stream(on: boolean): void {
    this.emit("streaming", on);
  }
}

function rig() {
  const network = new FakeNetwork();
  const server = new FakeServer();
  const web = new FakeServer();
  const update = jest.fn();
  const closed = new Set<number>();
  const wifi = new WifiInterface(
    network as unknown as NetworkManager,
    server as unknown as Server,
    web,
    { update } as unknown as Discovery,
    {
      info: { version: "4.0" },
      endpoint: (address, port) => (closed.has(port) ? undefined : { addresses: [address], port: port + 1 }),
    },
  );
  const up = jest.fn();
  const clients: number[] = [];
  wifi.on("up", up);
  wifi.on("clients", (count) => clients.push(count));
  return { network, server, web, closed, update, wifi, up, clients };
}

test("serves and announces the camera while the network has an address", () => {
  const { network, server, web, update, wifi, up } = rig();
  wifi.start();
  expect(network.start).toHaveBeenCalledTimes(1);
  expect(up).not.toHaveBeenCalled();
  network.report("192.168.4.1");
  expect(up).toHaveBeenCalledTimes(1);
  expect(server.start).toHaveBeenCalledTimes(1);
  expect(web.start).toHaveBeenCalledTimes(1);
  expect(update).toHaveBeenLastCalledWith({
    name: "tCam-Mini-EFB5",
    addresses: ["192.168.4.1"],
    port: PORT + 1,
    webPort: 81,
  });
  network.report(undefined);
  expect(server.stop).toHaveBeenCalledTimes(1);
  expect(web.stop).toHaveBeenCalledTimes(1);
  expect(update).toHaveBeenLastCalledWith(undefined);
});

test("a port that is closed outside is neither served nor announced", () => {
  const { network, web, closed, update, wifi } = rig();
  closed.add(80);
  wifi.start();
  network.report("192.168.4.1");
  expect(web.start).not.toHaveBeenCalled();
  expect(update).toHaveBeenLastCalledWith(expect.objectContaining({ port: PORT + 1, webPort: undefined }));
});

test("is up at once if the settings switch WiFi off", () => {
  const { network, wifi, up } = rig();
  network.enabled = false;
  wifi.start();
  expect(up).toHaveBeenCalledTimes(1);
});

test("reports the number of clients, and tunes the radio for streams", () => {
  const { network, server, clients } = rig();
  server.clients(1);
  server.stream(true);
  expect(clients).toEqual([1]);
  expect(network.streaming).toBe(true);
  server.stream(false);
  expect(network.streaming).toBe(false);
});

test("clients and streams of the web server count as those of the command socket do", () => {
  const { network, server, web, clients } = rig();
  server.clients(1);
  web.clients(1);
  web.clients(2);
  server.clients(0);
  web.clients(0);
  expect(clients).toEqual([1, 2, 3, 2, 0]);
  server.stream(true);
  web.stream(true);
  server.stream(false);
  expect(network.streaming).toBe(true);
  web.stream(false);
  expect(network.streaming).toBe(false);
});
