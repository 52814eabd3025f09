// SPDX-License-Identifier: Apache-2.0

/**
 * The SDK's own contract tests of the IO classes (tests/modules/io), run against the Linux classes over the virtual board.
 * Skipped without a Moddable SDK (environment variable MODDABLE).
 */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { missing } from "../../../tools/optional-tools";
import { VirtualBoard } from "../../../simulator/board/virtual-board";
import { OutsideFirmware } from "../../../simulator/board/outside-firmware";
import { openScene } from "../../../simulator/board/scenes";
import { skipTest } from "../skipped";
import { run } from "./run";

const suites = ["flash", "socket/listener", "socket/tcp", "socket/udp", "storage", "update", "wifi"];

/** Tests left out, and why. */
const different = new Map([
  ["flash/invalid-receiver.js", "a wrong receiver is a TypeError here: the class is JavaScript with private fields"],
  ["flash/iterator.js", "wants a partition xs_test"],
  ["storage/invalid-receiver.js", "a wrong receiver is a TypeError here: the class is JavaScript with private fields"],
]);

const folder = join(process.env.MODDABLE ?? "/nowhere", "tests/modules/io");
const cases =
  missing("moddable") === undefined
    ? suites.flatMap((suite) =>
        readdirSync(join(folder, suite))
          .filter((file) => file.endsWith(".js") && !/fixture/i.test(file))
          .map((file) => `${suite}/${file}`),
      )
    : [];

/** @param suite selects the class of HostObject */
const harness = (suite: string): string => `
  import Listener from "embedded:io/socket/listener";
  import Timer from "timer";
  import UDP from "embedded:io/socket/udp";
  const fail = (message) => { throw new Error(message); };
  globalThis.assert = Object.assign((condition, message) => condition || fail(message), {
    sameValue: (actual, expected, message) => Object.is(actual, expected) || fail(actual + " is not " + expected + ": " + message),
    throws(Type, action, message) {
      try { action(); } catch (error) { return error.constructor === Type || fail(error + " is no " + Type.name + ": " + message); }
      fail("no exception: " + message);
    },
  });
  let done = false;
  globalThis.$DONE = (error) => { if (!done) say("verdict:", error ?? "pass"); done = true; };
  globalThis.$DO = (action) => (...list) => { try { action(...list); $DONE(); } catch (error) { $DONE(error); } };
  Promise.withResolvers ??= () => { let resolve, reject; const promise = new Promise((...both) => ([resolve, reject] = both)); return { promise, resolve, reject }; };
  class HostObject { constructor() { return ${suite === "socket/udp" ? "new Listener({})" : "new UDP({})"}; } }
  globalThis.$TESTMC = { timeout(ms) { Timer.set(() => $DONE("timeout"), ms); }, HostObject, HostObjectChunk: HostObject, HostBuffer: HostObject,
    wifiConnectionTimeout: 8000, wifiScanTimeout: 8000, wifiInvalidConnectionTimeout: 8000 };
  globalThis.$NETWORK = { connected: Promise.resolve(), resolve: async () => "127.0.0.1", wifi: async () => ({ ssid: "HomeNetwork", password: "password" }) };
`;

/** The modules that the tests import by name, beside the one under test. */
function fixture(suite: string): string {
  const text = (name: string): string => readFileSync(join(folder, suite, name), "utf8");
  if (suite === "flash")
    return text("flash-FIXTURE.js").replace('"xs_test"', '"ota_1"').replace("globalThis.device?.flash ?? ", "");
  if (suite === "storage") return text("storage_FIXTURE.js");
  return suite === "wifi" ? text("wifiReset_FIXTURE.js") : "";
}

const web = createServer((_request, response) => response.end("x".repeat(2000)));
const echo = createSocket("udp4").on("message", (message, from) => echo.send(message, from.port, from.address));
const data = mkdtempSync(join(tmpdir(), "tcam-contract-"));
let board: VirtualBoard;

/** The test as a module, with the servers of this file instead of those on the internet. */
function source(name: string): string {
  const text = readFileSync(join(folder, name), "utf8");
  const body = text
    .replace(/\/\*---[\s\S]*?---\*\//, "")
    .replace(/"\.\/\w+[-_]fixture\.js"/gi, '"./fixture"')
    .replace(/(port(?: =|:)) 80\b/g, `$1 ${(web.address() as AddressInfo).port}`)
    .replace(/, 123\)/g, `, ${echo.address().port})`);
  return body + (/flags:.*async/.test(text) ? "" : "\n$DONE();");
}

const name = "the SDK's contract tests";
const reason = missing("moddable");
if (reason !== undefined) skipTest(name, reason);
else
  describe(name, () => {
    beforeAll(async () => {
      await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
      await new Promise<void>((resolve) => echo.bind(0, "127.0.0.1", resolve));
      board = new VirtualBoard({
        dataDirectory: data,
        version: "4.0",
        launch: new OutsideFirmware().launch,
        lepton: { model: "3.5", scene: openScene("default") },
      });
      await board.start(join(data, "board"));
    });
    afterAll(async () => {
      await board.stop();
      echo.close();
      web.closeAllConnections();
      await new Promise((resolve) => web.close(resolve));
      rmSync(data, { recursive: true, force: true });
    });
    test.each(cases.filter((name) => !different.has(name)))("%s", async (name) => {
      const suite = name.slice(0, -basename(name).length - 1);
      const modules = { harness: harness(suite), case: source(name), fixture: fixture(suite) };
      const script = run('import "./harness"; await import("./case");', {
        env: { TCAM_BOARD: join(data, "board") },
        modules,
      });
      let verdict = "";
      while (!verdict.startsWith("verdict:") && !verdict.startsWith("the script ended"))
        verdict = await script.line().catch((error: Error) => error.message);
      expect(verdict).toBe("verdict: pass");
    });
  });
