// SPDX-License-Identifier: Apache-2.0
/** Runs the programs of docs/websocket.md against a virtual camera. */
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import * as ts from "typescript";
import { startVirtualCamera, type VirtualCamera } from "../../../simulator/board/virtual-camera";
import { testWith } from "../skipped";
import { decodeVersion2, decompress } from "./binary-image";
import { WebSocketClient } from "./websocket-client";

const text = readFileSync(join(__dirname, "../../../docs/websocket.md"), "utf8");
const programs = new Map([...text.matchAll(/```(js|ts|python)\n([\s\S]*?)```/g)].map((match) => [match[1], match[2]]));

let camera: VirtualCamera;
beforeAll(async () => {
  camera = await startVirtualCamera();
  await camera.ready();
});
afterAll(() => camera.stop());

/** The program with the port of this camera. */
function program(language: string): string {
  const source = programs.get(language) ?? "";
  expect(source).toContain("5080");
  return source.replaceAll("5080", `${camera.http}`).replaceAll("127.0.0.1", camera.host);
}

const ANSWER = '{"cam_info":{"info_value":1,"info_string":"stream_on success"}}';

test("the program for browsers and Node prints five images", async () => {
  // Node 20 has the class behind an option, which later releases take too. Not process.execPath: it may start another
  // network namespace (isolate-workers.ts).
  const { stdout } = await promisify(execFile)("node", ["--experimental-websocket", "-e", program("js")]);
  const lines = stdout.trim().split("\n");
  expect(lines[0]).toBe(ANSWER);
  expect(lines).toHaveLength(6);
  for (const line of lines.slice(1)) expect(line).toMatch(/^image \d+: \d+\.\d\d °C at row \d+, column \d+$/);
});

test("the decoder gives the pixels of a frame", async () => {
  const source = ts.transpile(programs.get("ts") ?? "", { module: ts.ModuleKind.CommonJS });
  const scope: { decompress?: typeof decompress } = {};
  new Function("exports", source)(scope);
  const client = await WebSocketClient.open(camera.http ?? 0, camera.host, { protocol: "tcam.2" });
  client.send({ cmd: "get_image" });
  const [bytes = Buffer.alloc(0)] = await client.images(1);
  client.close();
  expect(decodeVersion2(bytes).compressed).toBe(true);
  expect(scope.decompress?.(bytes.subarray(520))).toEqual(decompress(bytes.subarray(520)));
});

testWith("python")("the Python program prints five images", async () => {
  const { stdout } = await promisify(execFile)("python3", ["-c", program("python")]);
  const lines = stdout.trim().split("\n");
  expect(lines[0]).toBe(ANSWER);
  expect(lines).toHaveLength(6);
  for (const line of lines.slice(1)) expect(line).toMatch(/^\d+\.\d\d °C$/);
});
