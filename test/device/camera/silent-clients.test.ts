// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { pass } from "../board-time";
import { boardTest, exchange } from "./rig";

boardTest(
  "a fifth client replaces the client with the longest silence if that is over five minutes",
  async (camera) => {
    const first = await camera.open();
    const end = once(first.resume(), "end");
    const [second, third, fourth] = [await camera.connect(), await camera.connect(), await camera.connect()];
    for (const client of [second, third, fourth]) await client.call("get_config");
    await pass(camera.virtual, 300_000);
    expect(first.readableEnded).toBe(false);
    expect(await exchange(camera, [{ cmd: "get_config" }])).toEqual([expect.stringContaining('"config"')]);
    await end;
    for (const client of [second, third, fourth]) expect(await client.call("get_config")).toHaveProperty("config");
  },
);
