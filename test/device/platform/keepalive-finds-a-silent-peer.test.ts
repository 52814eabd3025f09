// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { listening } from "./listening";
import { COMPUTER } from "./networks";

/** Kernel timers of the connections from a local port (proc(5), /proc/net/tcp): kind (2: keep-alive) and time left. */
function timers(port: number): { kind: number; ms: number }[] {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return readFileSync("/proc/net/tcp", "latin1")
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(local) && fields[3] === "01")
    .map((fields) => (fields[5] as string).split(":"))
    .map(([kind, when]) => ({ kind: parseInt(kind as string, 16), ms: parseInt(when as string, 16) * 10 }));
}

test.each([
  ["without an option", "", 9_000, 10_000],
  ["with keepalive: 3000", "keepalive: 3000,", 2_000, 3_000],
])("a silent connection is probed %s", async (_name, option, low, high) => {
  const script = COMPUTER.run(listening(`new TCP({ from: connection, ${option} }); say("open");`));
  const port = await script.number("port");
  const peer = await COMPUTER.connect(port);
  expect(await script.line()).toBe("open");
  const [timer] = timers(port);
  expect(timer?.kind).toBe(2);
  expect(timer?.ms).toBeGreaterThan(low);
  expect(timer?.ms).toBeLessThanOrEqual(high);
  peer.close();
});
