// SPDX-License-Identifier: Apache-2.0
import { connect as openSocket } from "node:net";
import { once } from "node:events";
import { boardTest, collect, wholeFrame } from "./rig";

boardTest(
  "a fifth client is told and turned away; when one leaves there is room again",
  async ({ connect, device }) => {
    const clients = await Promise.all([connect(), connect(), connect(), connect()]);
    await Promise.all(clients.map((client) => client.call("get_status")));
    const fifth = openSocket(device.port, device.host);
    let text = "";
    fifth.on("data", (bytes) => (text += bytes.toString()));
    await once(fifth, "close");
    expect(text).toBe('\x02{"cam_info":{"info_value":4,"info_string":"Too many connections"}}\x03');
    const log = device.log.at(-1)?.number ?? 0;
    clients[0]?.close();
    await device.waitForLog(/client disconnected/, 10_000, log - 50);
    expect(await (await connect()).call("get_status")).toHaveProperty("status");
  },
);

boardTest(
  "a client that stops reading gets fewer frames, and slows neither another client nor the sensor",
  async ({ connect, device }) => {
    const stopped = openSocket(device.port, device.host);
    await once(stopped, "connect");
    stopped.pause();
    stopped.write('\x02{"cmd":"stream_on"}\x03');
    const client = await connect();
    const images = collect(client, 60);
    await client.call("stream_on");
    const numbers = (await images).map(wholeFrame);
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => (numbers[0] ?? 0) + i));
    stopped.resume();
    let late = "";
    const seen: number[] = [];
    await new Promise<void>((resolve) => {
      stopped.on("data", (bytes) => {
        late += bytes.toString("latin1");
        for (let end = late.indexOf("\x03"); end >= 0; end = late.indexOf("\x03")) {
          if (late.slice(0, end).includes("radiometric")) seen.push(end);
          late = late.slice(end + 1);
        }
        if (seen.length >= 8) resolve();
      });
    });
    stopped.destroy();
    expect(seen.length).toBeGreaterThanOrEqual(8);
  },
  { scene: "counter", speed: 2 },
);
