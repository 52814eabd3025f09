// SPDX-License-Identifier: Apache-2.0
import { boardTest, cameraTest, exchange } from "./rig";

/** Each answer has 1.4 KB. */
const LONG = '\x02{"cmd":"get_lep_cci","args":{"command":20224,"length":512}}\x03';

cameraTest("connections reset with unread answers free their slots at once", async (camera) => {
  const stuck = [await camera.open(), await camera.open(), await camera.open()];
  for (const socket of stuck) {
    socket.pause();
    socket.write(LONG.repeat(4_000));
  }
  // Sessions take turns: after this many answers here the other sessions have filled all their buffers.
  const fourth = await camera.connect();
  for (let i = 0; i < 6; i++) await Promise.all(Array.from({ length: 100 }, () => fourth.call("get_config")));
  fourth.close();
  const last = await camera.open();
  last.pause();
  last.write(LONG.repeat(4_000));
  for (const socket of [...stuck, last]) socket.resetAndDestroy();
  const next = await Promise.all(Array.from({ length: 4 }, () => camera.connect()));
  for (const client of next) expect(await client.call("get_status")).toHaveProperty("status");
});

boardTest("a reset during an image frees its slot", async (camera) => {
  const after = camera.virtual.log.at(-1)?.number ?? 0;
  for (let i = 0; i < 12; i++) {
    const socket = await camera.open();
    socket.write('\x02{"cmd":"stream_on"}\x03');
    await new Promise((resolve) => socket.once("data", resolve));
    socket.resetAndDestroy();
  }
  await camera.virtual.waitForLog(/client disconnected; 0 of 4/, 10_000, after);
  expect(await exchange(camera, [{ cmd: "get_image" }])).toHaveLength(1);
});
