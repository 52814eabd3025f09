// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { Random } from "../../../simulator/lepton";
import { projectVersion } from "../../../simulator/board/version";
import { checkPicture, Conversation } from "../../soak/client";
import { HeapWatch } from "../../soak/heap";
import { LedTruth } from "../../soak/led-truth";
import { CAMERA_GROUP, SettingsVisitor, WIFI_GROUP } from "../../soak/settings";
import { isAlive, SignsOfLife } from "../../soak/visitors";
import { World } from "../../soak/world";
import { boardTest, type BoardCamera } from "../camera/rig";
import { pass } from "../board-time";
import { lastLine } from "../update/rig";

const worldOf = ({ virtual }: BoardCamera): World => new World(virtual, new Random(1), projectVersion());

boardTest(
  "a changed pixel, and telemetry of another frame",
  async (camera) => {
    const client = await camera.connect();
    const { pixels, telemetry } = new ThermalImage(await client.image());
    const right = worldOf(camera);
    checkPicture(right, { pixels, telemetry });
    expect(right.violation).toBeUndefined();
    const torn = worldOf(camera);
    checkPicture(torn, { pixels: pixels.with(19_000, 1), telemetry });
    expect(torn.violation?.message).toMatch(/^torn image: row 118/);
    const mixed = worldOf(camera);
    checkPicture(mixed, { pixels, telemetry: telemetry.with(20, (telemetry[20] ?? 0) + 1) });
    expect(mixed.violation?.message).toMatch(/^pixels of frame/);
  },
  { scene: "counter" },
);

boardTest("an LED with a pin that is held", async (camera) => {
  const world = worldOf(camera);
  const led = new LedTruth(world);
  await pass(camera.virtual, 15_000);
  led.look(0);
  expect(world.violation).toBeUndefined();
  expect(world.counts.of("LED checks")).toBe(1);
  camera.virtual.board.short("ledGreen", 0);
  world.changed = world.now;
  await pass(camera.virtual, 15_000);
  led.look(0);
  expect(world.violation?.message).toBe("the LED shows red, not yellow; 0 clients");
});

boardTest("while the number of clients that the camera counts is not known, the LED may change", async (camera) => {
  const world = worldOf(camera);
  const led = new LedTruth(world);
  const connection = await camera.connect();
  await connection.call("get_status");
  await pass(camera.virtual, 15_000);
  connection.close();
  await pass(camera.virtual, 5_000);
  led.look(undefined);
  expect(world.counts.of("LED checks")).toBe(1);
  expect(world.violation).toBeUndefined();
  led.look(1);
  expect(world.violation?.message).toBe("the LED shows green+yellow, not green; 1 clients");
});

boardTest("another version, and a camera that cannot be reached", async (camera) => {
  const world = worldOf(camera);
  expect(await isAlive(world)).toBe(true);
  world.versions = new Set(["1.0"]);
  await isAlive(world);
  expect(world.violation?.message).toMatch(/^version .* in place of 1\.0$/);
  camera.virtual.network.conditions = { reachable: false };
  expect(await isAlive(world)).toBe(false);
});

boardTest("a camera that does not answer for three minutes", async (camera) => {
  const world = worldOf(camera);
  const life = new SignsOfLife(world);
  life.passed(180_000);
  await life.ask();
  life.passed(180_000);
  expect(world.violation).toBeUndefined();
  camera.virtual.network.conditions = { reachable: false };
  life.passed(1_000);
  await life.ask();
  camera.virtual.network.conditions = {};
  life.passed(180_000);
  expect(world.violation).toBeUndefined();
  life.passed(1);
  expect(world.violation?.message).toBe("no answer to get_status for 180 s");
});

boardTest("answers to no command, to another one, and too late", async (camera) => {
  const conversation = (): Conversation => new Conversation(worldOf(camera), "client");
  const right = conversation();
  right.sent("get_status");
  right.sent("stream_on");
  right.message('{"status":{}}');
  right.message('{"cam_info":{"info_value":4,"info_string":"json error"}}');
  right.message('{"cam_info":{"info_value":1,"info_string":"stream_on success"}}');
  right.look();
  expect(right.world.violation).toBeUndefined();
  right.message('{"status":{}}');
  expect(right.world.violation?.message).toBe('client: answers no command: {"status":{}}');
  for (const answer of ['{"config":{}}', '{"cam_info":{"info_value":1,"info_string":"stream_on success"}}']) {
    const swapped = conversation();
    swapped.sent("get_status");
    swapped.message(answer);
    expect(swapped.world.violation?.message).toBe(`client: answer to get_status: ${answer}`);
  }
  const late = conversation();
  late.sent("get_status");
  await pass(camera.virtual, 119_000);
  late.look();
  expect(late.world.violation).toBeUndefined();
  await pass(camera.virtual, 2_000);
  late.look();
  expect(late.world.violation?.message).toBe("client: no answer to get_status in 120 s");
});

boardTest(
  "images in another order than the sensor's",
  async (camera) => {
    const client = await camera.connect();
    const first = new ThermalImage(await client.image());
    await pass(camera.virtual, 15_000);
    const second = new ThermalImage(await client.image());
    const conversation = new Conversation(worldOf(camera), "client");
    conversation.image(first);
    conversation.image(second);
    expect(conversation.world.violation).toBeUndefined();
    conversation.image(first);
    expect(conversation.world.violation?.message).toMatch(/^client: image of sensor time \d+ after one of \d+$/);
  },
  { scene: "counter" },
);

boardTest("settings that differ from what was set", async (camera) => {
  const world = worldOf(camera);
  const settings = new SettingsVisitor(CAMERA_GROUP);
  await settings.visit(world);
  await settings.visit(world);
  expect(world.counts.of("camera settings changed")).toBe(2);
  expect(world.violation).toBeUndefined();
  const client = await camera.connect();
  const { emissivity } = (await client.call("get_config"))["config"] as { emissivity: number };
  await client.call("set_config", { emissivity: (emissivity % 100) + 1 });
  await settings.visit(world);
  expect(world.violation?.message).toMatch(/^camera settings .*, not one of /);
});

boardTest("a camera whose name differs from what was set", async (camera) => {
  const world = worldOf(camera);
  const settings = new SettingsVisitor(WIFI_GROUP);
  const visit = async (): Promise<void> => {
    const log = lastLine(camera.virtual);
    await settings.visit(world);
    if (!world.violation) await camera.virtual.waitForLog(/^server: listening/, 30_000, log);
  };
  await visit();
  await visit();
  expect(world.counts.of("WiFi settings changed")).toBe(2);
  expect(world.violation).toBeUndefined();
  const client = await camera.connect();
  const log = lastLine(camera.virtual);
  await client.call("set_wifi", { ap_ssid: "Another" });
  await camera.virtual.waitForLog(/^server: listening/, 30_000, log);
  await visit();
  expect(world.violation?.message).toMatch(/^WiFi settings .*"ap_ssid":"Another".*, not one of /);
});

boardTest("a heap that grows", async (camera) => {
  const world = worldOf(camera);
  const heap = new HeapWatch(world);
  for (let i = 0; i < 6; i++) await heap.measure();
  expect(world.violation).toBeUndefined();
  const [line = ""] = heap.lines();
  expect(line).toMatch(/^heap, 6 measurements: /);
  const most = Number(/ to (\d+) bytes/.exec(line)?.[1]);
  heap.take({ heapBytes: Math.floor(1.25 * most) });
  expect(world.violation).toBeUndefined();
  heap.take({ heapBytes: Math.floor(1.25 * most) + 1 });
  expect(world.violation?.message).toBe(
    `the heap has ${Math.floor(1.25 * most) + 1} bytes, and had ${most} at most in the beginning`,
  );
});

boardTest("a heap that leaks slowly, in hours without a restart", async (camera) => {
  const measure = (heap: HeapWatch, count: number, bytes: (i: number) => number): void => {
    for (let i = 0; i < count; i++) heap.take({ heapBytes: bytes(i) });
  };
  const flat = worldOf(camera);
  // Up to 20 % more with clients.
  measure(new HeapWatch(flat), 100, (i) => 1_000_000 + (i % 3) * 100_000 + i * 500);
  expect(flat.violation).toBeUndefined();
  const leaking = worldOf(camera);
  const heap = new HeapWatch(leaking);
  measure(heap, 12, () => 900_000);
  measure(heap, 12, () => 1_000_000);
  measure(heap, 11, () => 1_060_000);
  expect(leaking.violation).toBeUndefined();
  measure(heap, 1, () => 1_060_000);
  expect(leaking.violation?.message).toBe(
    "the heap has 1060000 bytes at least, and had 1000000 in the first of 36 measurements",
  );
  const restarted = worldOf(camera);
  const other = new HeapWatch(restarted);
  measure(other, 24, () => 1_000_000);
  await camera.virtual.board.reset();
  measure(other, 12, () => 1_060_000);
  expect(restarted.violation).toBeUndefined();
});
