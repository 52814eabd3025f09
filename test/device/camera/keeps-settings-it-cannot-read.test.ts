// SPDX-License-Identifier: Apache-2.0
import { boardTime } from "../board-time";
import type { Connection } from "../../../tools/tcam/connection";
import { KeyValueError } from "../../../simulator/board/storage/key-value-store";
import { powerCycle, reconnect } from "../network/rig";
import { blinks, shows } from "../status/waveform";
import { boardTest } from "./rig";

async function emissivity(client: Connection): Promise<unknown> {
  return ((await client.call("get_config"))["config"] as Record<string, unknown>)["emissivity"];
}

boardTest(
  "settings that cannot be read at a start are not overwritten and are in effect after the next start",
  async (camera) => {
    const { virtual } = camera;
    const { keyValue } = virtual.board;
    const client = await camera.connect();
    // Two writes: both copies exist.
    for (const percent of [90, 91]) await client.call("set_config", { emissivity: percent });
    const get = keyValue.get.bind(keyValue);
    keyValue.get = (space, key) => {
      if (key.startsWith("camera.")) throw new KeyValueError("flash error");
      return get(space, key);
    };
    await powerCycle(virtual);
    const unread = await reconnect(camera);
    expect(await emissivity(unread)).toBe(100);
    await expect(unread.call("set_config", { emissivity: 50 })).rejects.toThrow(
      "set_config failed: camera: could not be stored: the stored values cannot be read",
    );
    expect(await emissivity(unread)).toBe(100);
    await shows(virtual, blinks(2), boardTime(virtual));
    keyValue.get = get;
    await powerCycle(virtual);
    const after = await reconnect(camera);
    expect(await emissivity(after)).toBe(91);
    await after.call("set_config", { emissivity: 50 });
    expect(await emissivity(after)).toBe(50);
  },
);
