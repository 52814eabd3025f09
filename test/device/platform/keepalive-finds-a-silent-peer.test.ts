// SPDX-License-Identifier: Apache-2.0
import { readFileSync } from "node:fs";
import { listening } from "./listening";
import { COMPUTER, virtualNetworkTest } from "./networks";

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

const WITH_TIME = `
  const seen = (what) => () => say(what, Math.round(Time.ticks / 1000));
`;

virtualNetworkTest("a peer that becomes silent is onError a minute after its last answer", async ({ run, connect }) => {
  const script = run(
    `import Time from "time"; ${listening(`${WITH_TIME} new TCP({ from: connection, onError: seen("error") }); say("open");`)}`,
  );
  const peer = await connect(await script.number("port"));
  expect(await script.line()).toBe("open");
  peer.reachable = false;
  expect(await script.line()).toBe("error 60");
  // The reset was lost; what the peer sends later is answered by another one.
  peer.reachable = true;
  peer.write("x");
  expect((await peer.drain()).end).toBe("ECONNRESET");
});

virtualNetworkTest(
  "a peer that takes nothing is onError a minute after its window has closed",
  async ({ run, connect }) => {
    const script = run(
      `import Time from "time"; ${listening(`
      ${WITH_TIME}
      new TCP({ from: connection, onWritable(count) { this.write(new Uint8Array(count)); }, onError: seen("error") });
      Timer.set(seen("later"), 59_000);
    `)}`,
    );
    await connect(await script.number("port"));
    expect(await script.line()).toBe("later 59");
    expect(await script.line()).toBe("error 60");
  },
);
