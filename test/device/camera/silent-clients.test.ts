// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { boardTest, exchange, type BoardCamera } from "./rig";

/** Time of day of the camera's clock in seconds. The clock has the speed of the board. */
async function clock(client: Awaited<ReturnType<BoardCamera["connect"]>>): Promise<number> {
  const { Time } = (await client.call("get_status"))["status"] as { Time: string };
  const [hours = 0, minutes = 0, seconds = 0] = Time.split(":").map(Number);
  return 3_600 * hours + 60 * minutes + seconds;
}

boardTest(
  "a fifth client replaces the client with the longest silence if that is over five minutes",
  async (camera) => {
    const first = await camera.open();
    const end = once(first.resume(), "end");
    const [second, third, fourth] = [await camera.connect(), await camera.connect(), await camera.connect()];
    await fourth.call("set_time", { sec: 0, min: 0, hour: 12, dow: 1, day: 1, mon: 1, year: 56 });
    for (const client of [second, third]) await client.call("get_config");
    while ((await clock(fourth)) < 12 * 3_600 + 300);
    expect(first.readableEnded).toBe(false);
    expect(await exchange(camera, [{ cmd: "get_config" }])).toEqual([expect.stringContaining('"config"')]);
    await end;
    for (const client of [second, third, fourth]) expect(await client.call("get_config")).toHaveProperty("config");
  },
  { speed: 60 },
);
