// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { MessageReader } from "../../../tools/tcam/messages";
import { lastLine } from "../update/rig";
import { boardTest, collect, untilEnd, wholeFrame } from "./rig";

boardTest(
  "a fifth client is rejected with a reason; when a client leaves, the next one is accepted",
  async ({ connect, open, virtual }) => {
    const clients = await Promise.all([connect(), connect(), connect(), connect()]);
    await Promise.all(clients.map((client) => client.call("get_status")));
    const fifth = await open();
    expect(await untilEnd(fifth)).toEqual(['{"cam_info":{"info_value":4,"info_string":"Too many connections"}}']);
    fifth.destroy();
    const log = lastLine(virtual);
    clients[0]?.close();
    await virtual.waitForLog(/client disconnected/, 10_000, log);
    expect(await (await connect()).call("get_status")).toHaveProperty("status");
  },
);

boardTest(
  "a client that stops reading gets fewer frames and delays neither another client nor the sensor",
  async ({ connect, open }) => {
    const stopped = await open();
    stopped.pause();
    stopped.write('\x02{"cmd":"stream_on"}\x03');
    const client = await connect();
    const images = collect(client, 60);
    await client.call("stream_on");
    const numbers = (await images).map(wholeFrame);
    expect(numbers).toEqual(Array.from({ length: 60 }, (_, i) => (numbers[0] ?? 0) + i));
    const reader = new MessageReader();
    const late: number[] = [];
    const skipped = (): boolean => late.some((number, i) => i > 0 && number !== (late[i - 1] ?? 0) + 1);
    for await (const bytes of stopped as AsyncIterable<Buffer>) {
      for (const message of reader.push(bytes))
        if (message.includes("radiometric")) late.push(wholeFrame(new ThermalImage(message)));
      if (skipped() || late.length >= 60) break;
    }
    stopped.destroy();
    expect(skipped()).toBe(true);
    expect(late).toEqual([...new Set(late)].sort((a, b) => a - b));
  },
  { scene: "counter" },
);
