// SPDX-License-Identifier: Apache-2.0
import { pass } from "../board-time";
import { boardTest, collect } from "../camera/rig";

/** Milliseconds before the limit. */
const BEFORE = 15_000;

for (const limit of [2 ** 31, 2 ** 32])
  boardTest(
    `a firmware whose clock passes ${limit} ms streams, and its uptime goes on`,
    async (camera) => {
      const { virtual } = camera;
      await pass(virtual, BEFORE);
      const client = await camera.connect();
      await client.call("stream_on");
      await collect(client, 20);
      const socket = virtual.connect(80);
      socket.write("GET /api/v1/device HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
      let text = "";
      for await (const bytes of socket) text += String(bytes);
      const uptime = Number(/"uptime":(\d+)/.exec(text)?.[1]);
      expect(uptime).toBeGreaterThan(limit);
      expect(uptime).toBeLessThan(limit + 60_000);
    },
    { environment: { TCAM_UPTIME: `${limit - BEFORE}` } },
  );
