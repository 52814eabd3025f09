// SPDX-License-Identifier: Apache-2.0
/** Any JSON body that the control API may get. */
import fc from "fast-check";
import { InputError } from "../../../simulator/board/control/fields";
import type { Route } from "../../../simulator/board/control/route";
import { makeRoutes } from "../../../simulator/board/control/routes";
import { openScene, recordedScene } from "../../../simulator/board/scenes";
import { FAULT_NAMES } from "../../../simulator/lepton";
import { type Bench, makeBench, settle } from "./fixture";

function routesOf({ board }: Bench): ReadonlyMap<string, Route> {
  return makeRoutes({
    board,
    describe: () => ({}),
    setScene: (name) => (board.lepton.scene = openScene(name)),
    setRecording: (image) => (board.lepton.scene = recordedScene(JSON.stringify(image), "image")),
    setSpeed: () => undefined, // board time is the test's
  });
}

/** Requests that are done, at least one for each path. */
const EXAMPLES: readonly (readonly [path: string, body: Readonly<Record<string, unknown>>])[] = [
  ["/button", { action: "down" }],
  ["/button", { press: 100 }],
  ["/reset", {}],
  ["/power", { on: true }],
  ["/power", { cycle: 10 }],
  ["/mode", { mode: "serial" }],
  ["/scene", { scene: "default" }],
  ["/scene", { image: {} }],
  ...FAULT_NAMES.map((name) => ["/faults", { name, count: 1, value: 0, command: 0 }] as const),
  ["/faults", { name: "bitErrors", probability: 0.5, durationMs: 10, afterMs: 10 }],
  ["/faults", { clear: "all" }],
  ["/speed", { speed: "max" }],
  ["/advance", { ms: 10 }],
  ["/firmware-stall", { ms: 10 }],
  ["/power-cut", { after: 1, on: "flash", restore: 10 }],
  ["/power-cut", { off: true }],
  ["/key-value", { namespace: "home", key: "k", type: "u8", value: "AQ==" }],
  ["/key-value", { namespace: "home", key: "k", delete: true }],
  ["/host-spi", { bitErrors: 1, broken: false }],
  ["/radio/network", { ssid: "home", password: "12345678", channel: 1, rssi: -50, dhcp: { mode: "late", delay: 1 } }],
  [
    "/radio/network",
    { ssid: "home", lease: { address: "192.168.4.2", mask: "255.255.255.0", gateway: "192.168.4.1" } },
  ],
  ["/radio/network", { ssid: "home", remove: true }],
  ["/radio/station", { mac: "02:00:00:00:20:02", join: true, password: "12345678", auto: false }],
];
const PATHS = new Set(EXAMPLES.map(([path]) => path));
const NUMBERS = [0, 1, -1, 0.5, 13, 255, 1000, 600_000, 2 ** 31, 2 ** 53, 1e308, -0];
const TEXTS = ["", "blob", "AAAA", "all", "x".repeat(70), "ä€😀", "__proto__"];
const value = fc.oneof(fc.constantFrom<unknown>(true, null, undefined, ...NUMBERS, ...TEXTS), fc.jsonValue());

/** An example with one field changed or added, or anything else in its place. */
const request = fc.constantFrom(...PATHS).chain((path) => {
  const bodies = EXAMPLES.filter((example) => example[0] === path).map((example) => example[1]);
  return fc.constantFrom(...bodies).chain((body) => requestLike(path, body));
});

function requestLike(path: string, body: Readonly<Record<string, unknown>>): fc.Arbitrary<[string, unknown]> {
  const names = [...Object.keys(body), ...Object.keys(body), "clear", "on", "value", "other"];
  const changed = fc.tuple(fc.constantFrom(...names), value).map(([name, one]) => ({ ...body, [name]: one }));
  return fc.tuple(fc.constant(path), fc.oneof({ arbitrary: changed, weight: 9 }, fc.jsonValue()));
}

test("any body of a request is done or refused with a reason, and the board goes on", async () => {
  const outcomes = { done: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(request, { minLength: 40, maxLength: 80 }), async (requests) => {
      const bench = await makeBench();
      try {
        const routes = routesOf(bench);
        const posts = [...routes].filter(([, route]) => route.post).map(([path]) => path);
        expect(PATHS).toEqual(new Set(posts));
        const failures: unknown[] = [];
        for (const [path, content] of requests) {
          const post = async (): Promise<unknown> => routes.get(path)?.post?.(content);
          // Some requests take board time, which stands still: those go on until the board stops.
          void post().then(
            (answer) => {
              JSON.stringify(answer);
              outcomes.done += 1;
            },
            (error) => {
              outcomes.refused += 1;
              if (!(error instanceof InputError)) failures.push([path, content, error]);
            },
          );
          await settle();
          bench.time.pass(10);
        }
        expect(failures).toEqual([]);
        expect(JSON.stringify(await routes.get("/state")?.get?.(new URLSearchParams()))).toContain('"board"');
      } finally {
        await bench.close();
      }
    }),
    { numRuns: 15 },
  );
  expect(outcomes.done).toBeGreaterThan(5);
  expect(outcomes.refused).toBeGreaterThan(5);
});
