// SPDX-License-Identifier: Apache-2.0
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { networkTest } from "./networks";
import { run } from "./run";

test("a port in use throws with its address; the camera's port is mapped to one of this computer", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const source = `
    import Listener from "embedded:io/socket/listener";
    try { say(new Listener({ port: 5001 }).port); } catch (error) { say(error.message); }
  `;
  expect(await run(source, { env: { TCAM_LISTEN: `80=127.0.0.1:1,5001=127.0.0.1:${port}` } }).line()).toBe(
    `port ${port} of 127.0.0.1 is taken by another program`,
  );
  await new Promise((resolve) => other.close(resolve));
  expect(await run(source, { env: { TCAM_LISTEN: `5001=127.0.0.1:${port}` } }).line()).toBe(String(port));
  expect(await run(source, { env: { TCAM_LISTEN: `5001=[::1]:${port}` } }).line()).toBe(String(port));
  expect(await run(source, { env: { TCAM_LISTEN: "5001:127.0.0.1" } }).line()).toBe(
    "TCAM_LISTEN: expected 5001=127.0.0.1:35001,...",
  );
  expect(await run(source, { env: { TCAM_LISTEN: "5001=10.99.99.99:1" } }).line()).toMatch(
    /^cannot listen on 10.99.99.99 port 1: /,
  );
});

networkTest("a port that another listener has throws; after its close it is free", async ({ run }) => {
  const script = run(`
    import Listener from "embedded:io/socket/listener";
    const first = new Listener({ port: 0 });
    try { new Listener({ port: first.port }); say("no error"); } catch (error) { say(error.message.includes(first.port), error.message); }
    const { port } = first;
    first.close();
    say(new Listener({ port }).port === port);
  `);
  expect(await script.line()).toMatch(/^true port .* is taken by another /);
  expect(await script.line()).toBe("true");
});
