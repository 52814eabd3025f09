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
    setSpeed: (speed) => void (board.pacer.speed = speed),
  });
}

/** The fields of a route, from the message that refuses another one. */
async function fieldsOf(route: Route): Promise<string[]> {
  try {
    await route.post?.({ "no such field": true });
  } catch (error) {
    return /the fields are: (.*)$/.exec((error as Error).message)?.[1]?.split(", ") ?? [];
  }
  throw new Error("an unknown field is accepted");
}

/** Words, and numbers at limits: random text alone would hardly be accepted by any route. */
const WORDS = [
  ...["down", "up", "wifi", "serial", "max", "stepped", "flash", "key-value", "any", "all", "normal", "late", "silent"],
  ...[
    "camera",
    "u8",
    "i32",
    "string",
    "blob",
    "AAAA",
    "home",
    "12345678",
    "02:00:00:00:20:02",
    "192.168.4.1",
    "default",
  ],
  ...FAULT_NAMES,
];
const NUMBERS = [0, 1, -1, 0.5, 13, 255, 1000, 600_000, 2 ** 31, 2 ** 53, 1e308, -0];
const value = fc.oneof(
  { arbitrary: fc.constantFrom<unknown>(true, false, null, ...NUMBERS), weight: 3 },
  { arbitrary: fc.constantFrom(...WORDS), weight: 3 },
  fc.jsonValue(),
  fc.record({ mode: fc.constantFrom(...WORDS), delay: fc.constantFrom(...NUMBERS) }, { requiredKeys: [] }),
);

test("any body of a request is done or refused with a reason, and the board goes on", async () => {
  const first = await makeBench();
  const posts = [...routesOf(first)].filter(([, route]) => route.post);
  const fields = new Map<string, string[]>();
  for (const [path, route] of posts) fields.set(path, await fieldsOf(route));
  await first.close();
  const body = fc.constantFrom(...fields.keys()).chain((path) =>
    fc.tuple(
      fc.constant(path),
      fc.oneof(
        {
          arbitrary: fc.dictionary(fc.constantFrom(...(fields.get(path) ?? [""])), value, { maxKeys: 4 }),
          weight: 9,
        },
        fc.jsonValue(),
      ),
    ),
  );
  const outcomes = { done: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(body, { minLength: 1, maxLength: 12 }), async (requests) => {
      const bench = await makeBench();
      try {
        const routes = routesOf(bench);
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
    { numRuns: 25 },
  );
  expect(outcomes.done).toBeGreaterThan(5);
  expect(outcomes.refused).toBeGreaterThan(5);
});
