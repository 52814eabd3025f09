// SPDX-License-Identifier: Apache-2.0
/** Imports point one way: main, modules, drivers, the platform's classes. What a test here forbids stays out of review. */
import { type Import, partOf, readImports, show } from "./imports";

/** What of a module its siblings may know. The rest of it is its own business. */
const FACES: Readonly<Record<string, readonly string[]>> = {
  "modules/camera": [
    "modules/camera/frame",
    "modules/camera/next-frame",
    "modules/camera/stream",
    "modules/camera/telemetry",
  ],
  "modules/clock": ["modules/clock/calendar"],
  "modules/context": ["modules/context/context"],
  "modules/events": ["modules/events/emitter"],
  "modules/image": [
    "modules/image/frame-file",
    "modules/image/image",
    "modules/image/jpeg",
    "modules/image/mark",
    "modules/image/statistics",
  ],
  "modules/log": ["modules/log/history", "modules/log/log"],
  "modules/protocol": ["modules/protocol/protocol", "modules/protocol/services"],
  "modules/server": ["modules/server/server", "modules/server/transport"],
  "modules/settings": ["modules/settings/settings", "modules/settings/table"],
  "modules/status": ["modules/status/fault", "modules/status/faults", "modules/status/startup"],
  "modules/update": ["modules/update/image-header"],
  "modules/text": ["modules/text/ipv4", "modules/text/utf8", "modules/text/wpa"],
};
/** The only folder that reads the engine's clock. */
const TIMERS = "drivers/timers";
/** No hardware: what any driver may import. */
const SHARED: readonly string[] = ["drivers/bytes", TIMERS];
const PLATFORM = /^(embedded:|platform\/|timer$|time$)/;
/** The public key of a build: the manifests choose its file. */
const BUILD_KEY = "update/key";
const FIRMWARE = /^(main$|boards\/|drivers\/|modules\/|platforms\/)/;

const firmware = readImports("main.ts", "boards", "drivers", "modules", "platforms");
const below = (folder: string): Import[] => firmware.filter(({ from }) => from.startsWith(`${folder}/`));
const elsewhere = (imports: readonly Import[]): Import[] =>
  imports.filter(({ from, to }) => partOf(from) !== partOf(to));
const shown = (imports: readonly Import[]): string[] => imports.map(show);

test("the firmware's imports are found at all", () => {
  expect(shown(firmware)).toContain("main imports modules/camera/open-camera");
  expect(shown(firmware)).toContain("modules/status/patterns imports types of drivers/led/led");
  expect(shown(firmware)).toContain("modules/update/build-key imports modules/update/signature/ed25519");
});

test("a driver imports its own folder and the shared ones, but no other driver, no module, no board and no platform", () => {
  const strangers = elsewhere(below("drivers")).filter(
    ({ from, to }) => !SHARED.includes(partOf(to)) && !(partOf(from) === TIMERS && PLATFORM.test(to)),
  );
  expect(shown(strangers)).toEqual([]);
});

test("only the timers' own driver asks the engine for the time; a platform's classes are on the engine's side", () => {
  const asking = firmware
    .filter(({ from }) => !from.startsWith("platforms/"))
    .filter(({ to }) => /^timer?$/.test(to))
    .filter(({ from }) => partOf(from) !== TIMERS);
  expect(shown(asking)).toEqual([]);
});

test("a module knows drivers and, by their faces, its siblings; of the platform's classes only the shape", () => {
  const wrong = elsewhere(below("modules")).filter(({ to, types }) => {
    if (to.startsWith("modules/")) return !FACES[partOf(to)]?.includes(to);
    if (PLATFORM.test(to)) return !types;
    return !to.startsWith("drivers/") && !to.startsWith("@noble/") && to !== BUILD_KEY;
  });
  expect(shown(wrong)).toEqual([]);
});

test("every face named here is one that a sibling looks at", () => {
  const looked = new Set(elsewhere(below("modules")).map(({ to }) => to));
  expect(
    Object.values(FACES)
      .flat()
      .filter((face) => !looked.has(face)),
  ).toEqual([]);
});

test("main.ts imports no IO class: boards and the platform offer them", () => {
  const classes = firmware.filter(({ from, to }) => from === "main" && PLATFORM.test(to) && to !== "platform/system");
  expect(shown(classes)).toEqual([]);
});

/** What every part may use: it connects nothing. */
const COMMON = ["drivers/bytes", TIMERS, "modules/context", "modules/events", "modules/log", "modules/text"];

test("the wiring is in main.ts only: no other file knows more than five parts", () => {
  const parts = new Map<string, Set<string>>();
  for (const { from, to } of elsewhere(below("modules"))) {
    if (!/^(drivers|modules)\//.test(to) || COMMON.includes(partOf(to))) continue;
    parts.set(from, (parts.get(from) ?? new Set()).add(partOf(to)));
  }
  expect(parts.get("modules/camera/open-camera")).toEqual(new Set(["drivers/lepton", "drivers/vospi"]));
  expect([...parts].filter(([, known]) => known.size > 5).map(([file]) => file)).toEqual([]);
});

test("a board imports `embedded:` classes and the boards' own types, and nothing else", () => {
  expect(shown(below("boards").filter(({ to }) => !/^(boards\/|embedded:)/.test(to)))).toEqual([]);
});

test("the self-test knows boards, drivers and the platform, but no module of the camera; nothing knows the self-test", () => {
  const known = /^(self-test\/|boards?(\/|$)|drivers\/|embedded:|platform\/|platforms\/linux\/board-link$)/;
  expect(shown(readImports("self-test").filter(({ to }) => !known.test(to)))).toEqual([]);
  expect(shown(firmware.filter(({ to }) => to.startsWith("self-test/")))).toEqual([]);
});

test("the platforms' classes know nothing of the firmware above them", () => {
  const upwards = below("platforms").filter(({ to }) => /^(main$|boards\/|drivers\/|modules\/)/.test(to));
  expect(shown(upwards)).toEqual([]);
});

test("firmware and simulator know nothing of each other, and the client nothing of either", () => {
  const outward = firmware.filter(({ to }) => /^(simulator|tools|test|node:)/.test(to));
  expect(shown(outward)).toEqual([]);
  const inward = readImports("simulator", "tools/tcam", "tools/pi-host").filter(({ to }) => FIRMWARE.test(to));
  expect(shown(inward)).toEqual([]);
  const simulated = readImports("tools/tcam").filter(({ to }) => to.startsWith("simulator/"));
  expect(shown(simulated)).toEqual([]);
});

test("the emulated Lepton is useful by itself: it knows nothing of the board it sits on", () => {
  const outward = readImports("simulator/lepton").filter(({ to }) => !to.startsWith("simulator/lepton/"));
  expect(shown(outward)).toEqual([]);
});

test("no file needs itself to be loaded, by however long a way", () => {
  const needs = new Map<string, string[]>();
  for (const { from, to, types } of [...firmware, ...readImports("simulator", "tools")])
    if (!types) needs.set(from, [...(needs.get(from) ?? []), to === "simulator/lepton" ? `${to}/index` : to]);
  const circles: string[] = [];
  const walk = (path: readonly string[]): void => {
    for (const next of needs.get(path.at(-1) ?? "") ?? []) {
      if (next === path[0]) circles.push([...path, next].join(" -> "));
      else if (!path.includes(next)) walk([...path, next]);
    }
  };
  for (const file of needs.keys()) walk([file]);
  expect(circles).toEqual([]);
});
