// SPDX-License-Identifier: Apache-2.0
import { once } from "node:events";
import { createServer } from "node:net";
import { findPort } from "../../../simulator/board/ports";

const HOST = "127.0.0.1";

test("a chosen port is below those that Linux gives out", async () => {
  const ports = await Promise.all(Array.from({ length: 20 }, () => findPort(HOST, 0)));
  expect(Math.min(...ports)).toBeGreaterThanOrEqual(20_000);
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(new Set(ports).size).toBeGreaterThan(10);
});

test("a given port is checked, and stays free", async () => {
  const port = await findPort(HOST, 0);
  const server = createServer().listen(port, HOST);
  await once(server, "listening");
  await expect(findPort(HOST, port)).rejects.toMatchObject({ code: "EADDRINUSE" });
  server.close();
  await once(server, "close");
  expect(await findPort(HOST, port)).toBe(port);
  expect(await findPort(HOST, port)).toBe(port);
});
