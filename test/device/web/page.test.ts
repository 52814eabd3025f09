// SPDX-License-Identifier: Apache-2.0
/** The camera's page in a browser, against a server that plays the camera: pictures, readings, states and sheets. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { PNG } from "pngjs";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { Enlarger } from "../../../modules/web/page/enlarge";
import { colours, fillTable, type Isotherm } from "../../../modules/web/page/palette";
import { percentiles } from "../../../modules/web/page/statistics";
import { LANGUAGES } from "../../../modules/web/page/texts";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { ThermalImage } from "../../../tools/tcam/image";
import { readPalettes } from "../../../tools/palettes";
import { launchBrowser } from "../../../tools/chromium";
import { missing } from "../../../tools/optional-tools";
import { testWith } from "../skipped";
import { AGC, COLUMNS, FakeCamera, Flag, recordedPixels, recordedTelemetry, Word } from "./fake-camera";
import { CameraPage } from "./page-rig";

const pageTest = testWith("chromium");
const PIXELS = recordedPixels();
const celsius = (count: number): string => (count / 100 - 273.15).toFixed(1).replace("-", "\u2212");

let browser: Browser | undefined;
let camera: FakeCamera;
let page: CameraPage;
beforeAll(async () => {
  if (missing("chromium") === undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  if (browser) camera = await FakeCamera.start();
});
afterEach(async () => {
  if (!browser) return;
  await page.close();
  await camera.stop();
  expect(page.errors).toEqual([]);
});

/** Opens the page and shows a frame. */
async function open(options: BrowserContextOptions = {}, frame = { pixels: PIXELS }): Promise<void> {
  page = await CameraPage.open(browser as Browser, camera.url, options);
  await camera.commanded("stream_on");
  await page.drawn(camera.send(frame));
}

/** Sends another frame and waits until it is drawn. */
async function next(change: Parameters<FakeCamera["send"]>[0] = { pixels: PIXELS }): Promise<void> {
  await page.drawn(camera.send(change));
}

function telemetryWith(words: Record<number, number>): Uint16Array {
  const telemetry = recordedTelemetry();
  for (const [index, word] of Object.entries(words)) telemetry[Number(index)] = word;
  return telemetry;
}

/** Whether the picture has the colours of these pixels: interpolated first, then coloured. */
async function expectPicture(
  pixels: Uint16Array,
  palette: string,
  range: [number, number],
  isotherm?: Isotherm,
): Promise<void> {
  const { width, bytes } = await page.picture();
  const enlarger = new Enlarger(width / COLUMNS);
  const table = new Uint32Array(65536);
  fillTable(table, colours(readPalettes().find(([name]) => name === palette) ?? ["", []]), ...range, isotherm);
  const expected = new Uint32Array(enlarger.width * enlarger.height);
  enlarger.draw(pixels, table, expected);
  expect(bytes.equals(Buffer.from(expected.buffer))).toBe(true);
}

pageTest("the picture has the frame's colours, and the readings are the frame's", async () => {
  await open();
  await expectPicture(PIXELS, "iron", percentiles(PIXELS, 1, 99));
  await page.text("#spot", celsius(recordedTelemetry()[Word.spotMean] ?? 0));
  const [min, max] = [Math.min(...PIXELS), Math.max(...PIXELS)];
  const mean = Math.round(PIXELS.reduce((sum, value) => sum + value, 0) / PIXELS.length);
  await page.text("#readings tbody tr", ["Picture", ...[max, mean, min].map(celsius)].join(""));
  for (const [kind, value] of [
    ["max", max],
    ["min", min],
  ] as const) {
    const at = PIXELS.indexOf(value);
    await page.text(`.mark.${kind}`, celsius(value));
    const left = (((at % COLUMNS) + 0.5) / COLUMNS) * 100;
    await page.shows(`parseFloat(document.querySelector(".mark.${kind}").style.left).toFixed(2)`, left.toFixed(2));
  }
  await page.text("h1", "tCam-Mini-EFB5");
  await page.screenshot("1280x800-dark");
});

pageTest("it asks for a stream and sets the camera's clock to this computer's time when it opens", async () => {
  page = await CameraPage.open(browser as Browser, "about:blank", { timezoneId: "Europe/Berlin" });
  await page.page.clock.setFixedTime(new Date("2026-11-29T23:05:06Z"));
  await page.page.goto(camera.url);
  expect(await camera.commanded("set_time")).toEqual({ sec: 6, min: 5, hour: 0, dow: 2, day: 30, mon: 11, year: 56 });
  expect(camera.commands[0]?.cmd).toBe("stream_on");
});

pageTest("each palette colours the picture", async () => {
  await open();
  await page.sheet("display");
  for (const [name] of readPalettes()) {
    await page.page.locator(`.palettes input[value=${name}] + i`).click();
    await expectPicture(PIXELS, name, percentiles(PIXELS, 1, 99));
  }
});

pageTest("a manual range is taken in the chosen unit, a locked one stays when the scene changes", async () => {
  await open();
  await page.sheet("display");
  await page.choose("Unit", "°F");
  await page.choose("Range", "Manual");
  const [from, to] = [page.page.getByLabel("From (°F)").first(), page.page.getByLabel("To (°F)").first()];
  await from.fill("50");
  await to.fill("86");
  await to.blur();
  await page.shows(
    `document.querySelector("#bar").getAttribute("aria-label")`,
    "Colour scale from 50.0\u00a0°F to 86.0\u00a0°F",
  );
  await page.shows(`Math.round(document.querySelector("#picture").dataset.low)`, 28315);
  await page.shows(`Math.round(document.querySelector("#picture").dataset.high)`, 30315);
  await page.text(".bad", "");
  await from.fill("90");
  await from.blur();
  await page.text(".bad", "The first value must be lower than the second.");
  await page.choose("Range", "Auto");
  const range = percentiles(PIXELS, 1, 99);
  await page.shows(`Number(document.querySelector("#picture").dataset.low)`, range[0]);
  await page.choose("Range", "Locked");
  const warmer = PIXELS.map((value) => value + 500);
  await next({ pixels: warmer });
  const [low, high] = (await page.page.evaluate(
    `[document.querySelector("#picture").dataset.low, document.querySelector("#picture").dataset.high].map(Number)`,
  )) as [number, number];
  expect(low).toBeCloseTo(range[0], 6);
  expect(high).toBeCloseTo(range[1], 6);
  await expectPicture(warmer, "iron", [low, high]);
});

pageTest("an isotherm marks the warm pixels", async () => {
  await open();
  await page.sheet("display");
  await page.choose("Isotherm", "Above");
  await page.page.getByLabel("From (°C)").fill("40");
  await page.page.getByLabel("From (°C)").blur();
  await next();
  const [low, high] = percentiles(PIXELS, 1, 99);
  await expectPicture(PIXELS, "iron", [low, high], { low: 31315, high: 65535 });
  const strip = `document.querySelector("#bar .strip")`;
  const from = ((31315 - low) / (high - low)) * 100;
  await page.shows(`${strip}.style.getPropertyValue("--isotherm").match(/[\\d.]+%/)[0]`, `${from.toFixed(2)}%`);
  await page.shows(`getComputedStyle(${strip}).backgroundImage.includes("rgb(0, 255, 128)")`);
  await page.sheet("files");
  const { content } = await page.download(() => page.page.getByText("Picture with scale (PNG)").click());
  const png = PNG.sync.read(content);
  const green = [0x00ff80ff];
  const [top, height] = [52, 644];
  const at = (part: number): number =>
    png.data.readUInt32BE(4 * (Math.round(top + height * (1 - part)) * png.width + 990));
  expect([at(from / 100 + 0.02), at(0.98)]).toEqual([...green, ...green]);
  expect(at(from / 100 - 0.02)).not.toBe(green[0]);
  await page.sheet("display");
  await page.choose("Isotherm", "Off");
  await page.shows(`getComputedStyle(${strip}).backgroundImage.includes("rgb(0, 255, 128)")`, false);
});

pageTest("a tap pins the probe, the arrow keys move it, and Escape removes it", async () => {
  await open();
  await page.tap(100, 30);
  await page.text("#probe", `${celsius(PIXELS[30 * COLUMNS + 100] ?? 0)}\u00a0°C`);
  await page.page.locator("#view").focus();
  await page.page.keyboard.press("ArrowRight");
  await page.page.keyboard.press("Shift+ArrowDown");
  await page.text("#probe", `${celsius(PIXELS[40 * COLUMNS + 101] ?? 0)}\u00a0°C`);
  const brighter = PIXELS.map((value) => value + 321);
  await next({ pixels: brighter });
  await page.text("#probe", `${celsius(brighter[40 * COLUMNS + 101] ?? 0)}\u00a0°C`);
  await page.page.keyboard.press("Escape");
  await page.shows(`document.querySelector(".probe").hidden`);
});

pageTest("the pointer shows the temperature below it", async () => {
  await open();
  const { x, y } = await page.point(20, 100);
  await page.page.mouse.move(x, y);
  await page.text(".mark.hover", `${celsius(PIXELS[100 * COLUMNS + 20] ?? 0)}\u00a0°C`);
});

function boxRow(index: number, c1: number, r1: number, c2: number, r2: number): string {
  const inside = [...PIXELS].filter((_, i) => {
    const [column, row] = [i % COLUMNS, Math.floor(i / COLUMNS)];
    return column >= c1 && column <= c2 && row >= r1 && row <= r2;
  });
  const mean = inside.reduce((sum, value) => sum + value, 0) / inside.length;
  return [`Box ${index}`, ...[Math.max(...inside), mean, Math.min(...inside)].map(celsius)].join("");
}

pageTest("four boxes are drawn, moved, resized and removed, by pointer and by keys", async () => {
  await open();
  const rows = "#readings tbody tr";
  await page.drag([10, 10], [39, 29]);
  await page.text(`${rows}:nth-child(2)`, boxRow(1, 10, 10, 39, 29));
  await page.page.locator(".box").focus();
  await page.page.keyboard.press("Shift+ArrowRight");
  await page.page.keyboard.press("ArrowDown");
  await page.text(`${rows}:nth-child(2)`, boxRow(1, 20, 11, 49, 30));
  await page.page.keyboard.press("Alt+ArrowLeft");
  await page.text(`${rows}:nth-child(2)`, boxRow(1, 20, 11, 48, 30));
  await page.drag([30, 20], [60, 50]);
  await page.text(`${rows}:nth-child(2)`, boxRow(1, 50, 41, 78, 60));
  for (let i = 0; i < 3; i++) await page.press("add");
  await page.shows(`document.querySelectorAll(".box").length`, 4);
  await page.press("add");
  await page.state("message", "There are 4 boxes already. Remove one first.");
  await page.page.locator(".box").nth(3).locator("button").click();
  await page.page.locator(".box").nth(0).focus();
  await page.page.keyboard.press("Delete");
  await page.shows(`document.querySelectorAll(".box").length`, 2);
  await page.shows(`document.querySelectorAll("${rows}").length`, 3);
});

pageTest("a frozen picture stays while frames go on, and comes back to life", async () => {
  await open();
  await page.press("freeze");
  await page.state("frozen", "Frozen");
  const before = await page.page.evaluate(`document.querySelector("#picture").dataset.sequence`);
  const last = [1, 2, 3].map((i) => camera.send({ pixels: PIXELS.map((value) => value + i) })).at(-1) ?? 0;
  await page.page.getByLabel("Thermal picture").focus();
  await page.page.keyboard.press("ArrowUp");
  expect(await page.page.evaluate(`document.querySelector("#picture").dataset.sequence`)).toBe(before);
  await page.page.keyboard.press("Space");
  await page.drawn(last);
  await page.state("live");
});

pageTest("states are shown in words: waiting, correction, contrast, loss and the way back", async () => {
  page = await CameraPage.open(browser as Browser, camera.url);
  await camera.commanded("stream_on");
  await page.state("waiting", "Waiting for the first picture…");
  const ffc = (state: number): Uint16Array => telemetryWith({ [Word.status]: state << 4 });
  await next({ pixels: PIXELS });
  await page.state("live");
  await next({ pixels: PIXELS, telemetry: ffc(1) });
  await page.state("ffc", "Flat-field correction is about to start");
  await next({ pixels: PIXELS, telemetry: ffc(2), flags: Flag.disturbed });
  await page.state("ffc", "Flat-field correction is running");
  await page.shows(`document.querySelector("#picture").classList.contains("disturbed")`);
  await next({ pixels: PIXELS, telemetry: ffc(3), flags: Flag.disturbed });
  await page.state("ffc", "Readings settle after the correction");
  await next({
    pixels: PIXELS.map((value) => value & 255),
    telemetry: telemetryWith({ [Word.status]: AGC, [Word.linear]: 0 }),
    flags: Flag.agc,
  });
  await page.state("agc", "AGC: no temperatures");
  await page.text("#spot", "–");
  await expectPicture(
    PIXELS.map((value) => value & 255),
    "iron",
    [0, 255],
  );
  await page.pause();
  camera.drop();
  await page.state("lost", "The connection is lost. Connecting again…");
  camera.commands.length = 0;
  await page.page.clock.resume();
  await camera.commanded("stream_on");
  await next();
  await page.state("live");
});

pageTest("connecting is shown in words, and so is a camera that has no place for another viewer", async () => {
  camera.full = true;
  page = await CameraPage.open(browser as Browser, camera.url);
  await page.state("connecting", "Connecting to the camera…");
  for (let i = 0; i < 3; i++) await page.page.clock.runFor(2_600);
  await page.state("connecting");
  camera.routes.set("/api/v1/device", (_, response) => response.end('{"faults":[]}'));
  for (let i = 0; i < 3; i++) await page.page.clock.runFor(2_600);
  await page.state("full", "The camera has no place for another viewer. Trying again…");
  camera.full = false;
  await page.page.clock.runFor(2_600);
  await camera.commanded("stream_on");
  await next();
  await page.state("live");
});

pageTest("a window without WebSockets says where to open the page; its other sheets work", async () => {
  page = await CameraPage.open(browser as Browser, "about:blank");
  await page.page.addInitScript("delete window.WebSocket");
  await page.page.goto(camera.url);
  const { origin } = new URL(camera.url);
  await page.state("unsupported", `This window cannot show live pictures. Open ${origin} in your browser.`);
  await page.sheet("files");
  camera.routes.set("/image.csv", (_, response) => response.end("20.00"));
  const { content } = await page.download(() => page.page.locator(`a[href="/image.csv"]`).click());
  expect(content.toString()).toBe("20.00");
});

pageTest("a sensor that has sent no picture yet, and one without radiometry, are shown in words", async () => {
  page = await CameraPage.open(browser as Browser, camera.url);
  await camera.commanded("stream_on");
  camera.routes.set("/image.raw", (_, response) => {
    response.writeHead(503, { "Content-Type": "application/json" }).end('{"error":"the Lepton does not answer"}');
  });
  await page.page.clock.runFor(3_500);
  await page.state("no-sensor", "No picture from the sensor: the Lepton does not answer");
  await next({ pixels: PIXELS, telemetry: telemetryWith({ [Word.linear]: 0 }) });
  await page.state("counts", "Not radiometric: no temperatures");
  await page.text("#spot", "–");
});

pageTest("without frames it says why: the camera's own reason", async () => {
  await open();
  camera.routes.set("/image.raw", (_, response) => {
    response.writeHead(503, { "Content-Type": "application/json" }).end('{"error":"the Lepton does not answer"}');
  });
  await page.page.clock.runFor(3_500);
  await page.state("no-sensor", "The picture stands still: the Lepton does not answer");
  await next();
  await page.state("live");
});

pageTest("the age of the correction, and the time to the next, count", async () => {
  await open();
  const at = (seconds: number): Uint16Array => {
    const ms = seconds * 1000;
    return telemetryWith({
      [Word.time]: ms & 65535,
      [Word.time + 1]: ms >> 16,
      [Word.ffcTime]: 60_000,
      [Word.ffcTime + 1]: 0,
    });
  };
  await next({ pixels: PIXELS, telemetry: at(95) });
  await page.text("#ffc", "Corrected 0:35 agoNext in 2:25");
  await next({ pixels: PIXELS, telemetry: at(360) });
  await page.text("#ffc", "Corrected 5:00 agoNext in 0:00");
});

pageTest("the picture is saved as PNG, with scale and legend", async () => {
  await open();
  await page.sheet("files");
  const { name, content } = await page.download(() => page.page.getByText("Picture with scale (PNG)").click());
  expect(name).toMatch(/^tCam-Mini-EFB5_\d{4}-\d{2}-\d{2}_\d{6}\.png$/);
  const png = PNG.sync.read(content);
  expect([png.width, png.height]).toEqual([1112, 784]);
  const column = (x: number): Set<number> =>
    new Set(Array.from({ length: 600 }, (_, i) => png.data.readUInt32BE(4 * ((80 + i) * png.width + x))));
  expect(column(994).size).toBeGreaterThan(100); // the colour bar
  expect(column(1000 - 30).size).toBe(1); // between picture and bar
});

pageTest("files come from the camera's routes, under the camera's name", async () => {
  await open();
  await page.sheet("files");
  for (const [path, suffix] of [
    ["tjsn", "tjsn"],
    ["tiff", "tiff"],
    ["csv", "csv"],
    ["npy", "npy"],
    ["raw", "raw"],
    ["png16", "png"],
  ]) {
    camera.routes.set(`/image.${path}`, (_, response) => response.end(`content of ${path}`));
    const { name, content } = await page.download(() => page.page.locator(`a[href="/image.${path}"]`).click());
    expect(name).toMatch(new RegExp(`^tCam-Mini-EFB5_.*\\.${suffix}$`));
    expect(content.toString()).toBe(`content of ${path}`);
  }
});

pageTest("a data recording has every frame, as tcam reads them", async () => {
  await open();
  await page.sheet("files");
  await page.page.getByText("Data (.tmjsn)").click();
  const sent = Array.from({ length: 70 }, (_, i) => PIXELS.map((value) => value + i));
  let last = 0;
  for (const pixels of sent) last = camera.send({ pixels });
  await page.drawn(last);
  await page.state("recording", "Recording, 70 frames");
  const { name, content } = await page.download(() =>
    page.page.getByText("Stop recording", { exact: true }).last().click(),
  );
  expect(name).toMatch(/\.tmjsn$/);
  const parts = content.toString().split("\x03");
  const info = JSON.parse(parts.pop() ?? "") as { video_info: object };
  expect(info.video_info).toMatchObject({ num_frames: 70, version: 1 });
  const bytes = (pixels: Uint16Array): Buffer => Buffer.from(pixels.buffer);
  expect(parts.length).toBe(sent.length);
  parts.forEach((text, i) =>
    expect(bytes(new ThermalImage(text).pixels).equals(bytes(sent[i] ?? new Uint16Array()))).toBe(true),
  );
  expect(new ThermalImage(parts[0] ?? "").metadata).toMatchObject({ Camera: "tCam-Mini-EFB5", Model: 262146 });
  expect(new ThermalImage(parts[0] ?? "").telemetry).toEqual(recordedTelemetry());
});

pageTest("a video is recorded", async () => {
  await open();
  await page.press("record");
  for (let i = 0; i < 10; i++) await next({ pixels: PIXELS.map((value) => value + 10 * i) });
  const { name, content } = await page.download(() => page.press("record"));
  expect(name).toMatch(/\.(webm|mp4)$/);
  expect(content.length).toBeGreaterThan(1000);
});

/** The part of the recorded picture that is the picture on the screen: the rest is markers and their labels. */
const RECORDED = `(() => {
  const screen = Object.assign(document.createElement("canvas"), { width: 960, height: 720 }).getContext("2d");
  screen.drawImage(document.querySelector("#picture"), 0, 0, 960, 720);
  const [a, b] = [screen, window.recorded.getContext("2d")].map(
    (context) => new Uint32Array(context.getImageData(0, 0, 960, 720).data.buffer),
  );
  return a.filter((value, i) => value === b[i]).length / a.length;
})()`;

pageTest("a video has the picture of the frame that its labels are of", async () => {
  await open();
  await page.page.evaluate(`(() => {
    const { captureStream } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.captureStream = function () {
      window.recorded = this;
      return captureStream.call(this);
    };
  })()`);
  await page.press("record");
  await next({ pixels: recordedPixels().reverse() });
  expect(await page.page.evaluate(RECORDED)).toBeGreaterThan(0.9);
});

pageTest("camera settings are read, changed, and a refusal is shown with its reason", async () => {
  await open();
  await page.sheet("camera");
  await page.text(".value", "98 %");
  const slider = page.page.getByLabel("Emissivity");
  await slider.focus();
  await page.page.keyboard.press("ArrowLeft");
  await page.text(".outcome", "Saved.");
  expect(camera.config.emissivity).toBe(97);
  await page.choose("Gain", "Low");
  await page.shows(`document.querySelector(".outcome").textContent`, "Saved.");
  camera.refusal = { cmd: "set_config", reason: "the Lepton does not answer" };
  await page.page.getByRole("switch", { name: /AGC/ }).click();
  await page.text(".outcome", "Failed: the Lepton does not answer");
  expect(camera.config).toEqual({ agc_enabled: 0, emissivity: 97, gain_mode: 1 });
});

pageTest("a refused correction is shown with the camera's reason alone, by the button and in the sheet", async () => {
  await open();
  camera.refusal = { cmd: "run_ffc", reason: "the Lepton does not answer" };
  await page.press("correct");
  await page.state("message", "Failed: the Lepton does not answer");
  await page.sheet("camera");
  await page.page.getByText("Flat-field correction", { exact: true }).click();
  await page.text(".outcome", "Failed: the Lepton does not answer");
});

pageTest("the spot meter moves to the probe", async () => {
  await open();
  await page.tap(20, 50);
  await page.sheet("camera");
  await page.page.getByText("Move the spot to the probe").click();
  expect(await camera.commanded("set_spotmeter")).toEqual({ c1: 20, r1: 50, c2: 21, r2: 51 });
});

pageTest("WiFi settings: the chosen network is sent, a password only when one is typed", async () => {
  await open();
  await page.sheet("wifi");
  await page.choose("Network", "Join one");
  await page.page.getByLabel("Name of the network").fill("Workshop");
  await page.page.getByLabel("Password", { exact: true }).fill("secret-word");
  await page.page.getByText("Apply").click();
  expect(await camera.commanded("set_wifi")).toEqual({ flags: 0x81, sta_ssid: "Workshop", sta_pw: "secret-word" });
  await page.text(".outcome", "Applied. The camera changes its network now; open it at its new address.");
  camera.commands.length = 0;
  await page.page.getByLabel("Password", { exact: true }).fill("");
  await page.page.getByRole("switch", { name: "Static address" }).click();
  await page.page.getByRole("textbox", { name: "Address" }).fill("192.168.1.9");
  await page.page.getByText("Apply").click();
  expect(await camera.commanded("set_wifi")).toEqual({
    ...{ flags: 0x91, sta_ssid: "Workshop", sta_ip_addr: "192.168.1.9", sta_netmask: "255.255.255.0" },
  });
});

const firmware = (version: string, project = "tCamMini"): Buffer => makeFirmwareImage({ version, project, size: 4096 });

async function chooseFirmware(version: string, project?: string): Promise<void> {
  await page.page
    .locator("input[type=file]")
    .setInputFiles({ name: "firmware.bin", mimeType: "application/octet-stream", buffer: firmware(version, project) });
}

pageTest("an update is sent, and the page says which version runs after the restart", async () => {
  await open();
  await page.sheet("update");
  await chooseFirmware("4.1", "other");
  await page.shows(
    `document.querySelector("#panel").textContent.includes("This is no firmware image of a tCam-Mini.")`,
  );
  await chooseFirmware("4.1");
  await page.shows(`document.querySelector("#panel").textContent.includes("firmware.bin: version 4.1, 4 KB")`);
  let progress: object = { stage: "requested" };
  camera.routes.set("/api/v1/device", (_, response) => response.end(JSON.stringify({ update: progress })));
  const asked = new Promise<[IncomingMessage, ServerResponse]>((resolve) =>
    camera.routes.set("/api/v1/update", (...exchange) => resolve(exchange)),
  );
  await page.page.getByText("Start the update").click();
  await page.state("update", "Update: press the camera's button now");
  const [request, response] = await asked;
  progress = { stage: "running", written: 1024, length: 4096 };
  await page.page.clock.runFor(1_100);
  await page.state("update", "Update is running: 25 %");
  const received: Buffer[] = [];
  for await (const piece of request) received.push(piece as Buffer);
  response.end('{"version":"4.1","restarting":true}');
  await page.state("update", "The camera restarts…");
  expect(Buffer.concat(received).equals(firmware("4.1"))).toBe(true);
  camera.status = { ...camera.status, Version: "4.1" };
  camera.commands.length = 0;
  camera.drop();
  await page.page.clock.runFor(400);
  await camera.commanded("stream_on");
  await page.state("message", "Version 4.1 is running.");
});

pageTest("an update that was rolled back, or is refused, is reported in the camera's words", async () => {
  await open();
  await page.sheet("update");
  camera.routes.set("/api/v1/update", (request, response) => {
    request.resume().on("end", () => response.writeHead(409).end('{"error":"another update runs"}'));
  });
  await chooseFirmware("3.9");
  await page.shows(`document.querySelector("#panel").textContent.includes("not newer than the running one")`);
  await page.page.getByText("Start the update").click();
  await page.text(".outcome", "Failed: another update runs");
  camera.routes.set("/api/v1/update", (request, response) => void request.resume().on("end", () => response.end("{}")));
  await page.page.getByText("Start the update").click();
  await page.state("update", "The camera restarts…");
  Object.assign(camera.status, { Update: "Firmware update to 3.9 was rolled back, running 4.0" });
  camera.commands.length = 0;
  camera.drop();
  await page.page.clock.runFor(400);
  await camera.commanded("stream_on");
  await page.state("message", "Firmware update to 3.9 was rolled back, running 4.0");
});

pageTest("a restart needs two presses, and is shown as one", async () => {
  await open();
  camera.routes.set("/api/v1/restart", (_, response) => response.end('{"restarting":true}'));
  await page.sheet("camera");
  await page.page.getByText("Restart the camera").click();
  expect(camera.requests).not.toContain("POST /api/v1/restart");
  await page.page.getByText("Press again to confirm").click();
  await page.text(".outcome", "The camera restarts…");
  // Else the page is connected again before a busy computer has looked.
  await page.pause();
  camera.drop();
  await page.state("restarting", "The camera restarts…");
});

pageTest("log and faults are shown, and followed", async () => {
  const lines = ["I (1) main: version 4.0\n"];
  camera.routes.set("/api/v1/log", ({ url }, response) => {
    const text = lines.join("").slice(Number(new URL(url ?? "", camera.url).searchParams.get("since")));
    response.writeHead(200, { "X-Log-Next": lines.join("").length, "Content-Type": "text/plain" }).end(text);
  });
  camera.routes.set("/api/v1/device", (_, response) => {
    response.end(JSON.stringify({ faults: [{ fault: 4, name: "CCI", reason: "the Lepton does not answer" }] }));
  });
  await open();
  await page.sheet("log");
  await page.text("pre", lines.join(""));
  await page.text(".faults", "4 · CCI: the Lepton does not answer");
  lines.push("E (2) sensor: gone\n");
  await page.page.clock.runFor(2_500);
  await page.text("pre", lines.join(""));
});

pageTest("the buttons hide 3 s after the last movement, and show on a key, a touch and the pointer", async () => {
  await open();
  const hidden = `getComputedStyle(document.querySelector("#controls")).pointerEvents`;
  await page.shows(hidden, "auto");
  await page.page.clock.runFor(3_100);
  await page.shows(hidden, "none");
  for (const wake of [
    () => page.page.mouse.move(300, 300),
    () => page.page.keyboard.press("Shift"),
    () => page.page.evaluate(`document.dispatchEvent(new PointerEvent("pointerdown"))`),
  ]) {
    await wake();
    await page.shows(hidden, "auto");
    await page.page.clock.runFor(3_100);
    await page.shows(hidden, "none");
  }
});

pageTest("German, light, and a graph of what was measured", async () => {
  await open({ locale: "de-DE", colorScheme: "light" });
  await page.text("#controls [data-action=freeze] span", "Einfrieren");
  await page.text("#spot", celsius(recordedTelemetry()[Word.spotMean] ?? 0).replace(".", ","));
  await page.shows("document.documentElement.lang", "de");
  for (let i = 0; i < 30; i++) {
    await page.page.clock.runFor(1_000);
    await next({ pixels: PIXELS.map((value) => value + Math.round(400 * Math.sin(i / 5))) });
  }
  await page.press("graph");
  const inked = `(() => { const c = document.querySelector("#graph canvas"); return new Set(new Uint32Array(c.getContext("2d").getImageData(0, 0, c.width, c.height).data.buffer)).size > 4; })()`;
  await page.shows(inked);
  await page.sheet("display");
  await page.screenshot("1280x800-light-german");
});

pageTest("the chosen appearance is shown whatever the system's is; Automatic follows the system", async () => {
  await open();
  const ground = "getComputedStyle(document.body).backgroundColor";
  const [dark, light] = ["rgb(11, 13, 15)", "rgb(232, 234, 235)"];
  await page.sheet("display");
  await page.shows(ground, dark);
  await page.choose("Appearance", "Light");
  await page.shows(ground, light);
  await page.page.emulateMedia({ colorScheme: "light" });
  await page.choose("Appearance", "Dark");
  await page.shows(ground, dark);
  await page.choose("Appearance", "Automatic");
  await page.shows(ground, light);
});

pageTest("the graph is drawn again for a sample, a size or an appearance, not for every frame", async () => {
  await open({ viewport: { width: 390, height: 844 } });
  await page.page.evaluate(`(() => {
    const { stroke } = CanvasRenderingContext2D.prototype;
    window.strokes = 0;
    CanvasRenderingContext2D.prototype.stroke = function (...path) {
      window.strokes++;
      return stroke.apply(this, path);
    };
  })()`);
  const strokes = "window.strokes";
  const agc = { pixels: PIXELS, telemetry: telemetryWith({ [Word.status]: AGC }), flags: Flag.agc };
  for (let i = 0; i < 3; i++) await next(agc);
  expect(await page.page.evaluate(strokes)).toBe(0);
  await page.page.emulateMedia({ colorScheme: "light" });
  await page.shows(`${strokes} > 0`);
  for (let i = 0; i < 4; i++) await page.press("add");
  await next(agc);
  await page.shows(
    `(({ height, clientHeight }) => height === Math.round(clientHeight * devicePixelRatio))(document.querySelector("#graph canvas"))`,
  );
  await page.page.evaluate(`${strokes} = 0`);
  await page.page.clock.runFor(1_000);
  await next();
  expect(await page.page.evaluate(strokes)).toBeGreaterThan(0);
});

pageTest("what was chosen is there again after a reload; a window that stores nothing works too", async () => {
  await open();
  await page.sheet("display");
  await page.choose("Unit", "K");
  camera.commands.length = 0;
  await page.page.reload();
  await camera.commanded("stream_on");
  await next();
  await page.text("#readings .big i", "K");
  await page.page.addInitScript(
    `Object.defineProperty(window, "localStorage", { get() { throw new Error("denied"); } })`,
  );
  camera.commands.length = 0;
  await page.page.reload();
  await camera.commanded("stream_on");
  await next();
  await page.text("#readings .big i", "°C");
});

const SIZES = [
  [320, 568],
  [390, 844],
  [844, 390],
  [768, 1024],
  [1280, 800],
  [3840, 2160],
] as const;

for (const [width, height] of SIZES)
  pageTest(`${width} × ${height}: everything is in the window, large enough for a finger`, async () => {
    await open({ viewport: { width, height }, hasTouch: width < 1000 });
    await page.shows(`document.documentElement.scrollWidth <= innerWidth`);
    const boxes = (selector: string): Promise<[number, number, number, number][]> =>
      page.page.evaluate(
        `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((e) => e.getClientRects().length).map((e) => { const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom]; })`,
      ) as Promise<[number, number, number, number][]>;
    const inside = async (selector: string): Promise<void> => {
      const found = await boxes(selector);
      expect(found.length).toBeGreaterThan(0);
      for (const [left, top, right, bottom] of found) {
        expect([selector, left >= -0.5, top >= -0.5, right <= width + 0.5, bottom <= height + 0.5]).toEqual([
          selector,
          true,
          true,
          true,
          true,
        ]);
      }
    };
    for (const selector of ["#view", "#bar", "#readings", "#controls button", "#readings td"]) await inside(selector);
    const [view] = await boxes("#view");
    const [left = 0, top = 0, right = 0, bottom = 0] = view ?? [];
    expect((right - left) / (bottom - top)).toBeCloseTo(4 / 3, 1);
    expect(Math.max((right - left) / width, (bottom - top) / height)).toBeGreaterThan(0.6);
    for (const [l, t, r, b] of await boxes("#controls button"))
      expect(Math.min(r - l, b - t)).toBeGreaterThanOrEqual(30);
    await page.sheet("display");
    await inside("#panel header");
    for (const [l, t, r, b] of await boxes("#panel :is(.button, .options label, .tabs button, .close)"))
      expect([Math.min(r - l, b - t) >= 30, l >= 0, r <= width + 0.5 || t < height / 2]).toEqual([true, true, true]);
    await page.screenshot(`${width}x${height}-display`);
  });

for (const locale of Object.keys(LANGUAGES))
  pageTest(`${locale}: no text of the sheets is cut off at any width`, async () => {
    await open({ locale });
    for (const [width, height] of SIZES.filter(([, height]) => height < 1_000)) {
      await page.page.setViewportSize({ width, height });
      for (const sheet of SHEETS) {
        await page.sheet(sheet);
        expect([width, sheet, await page.page.evaluate(CUT)]).toEqual([width, sheet, []]);
      }
    }
  });

pageTest("the longest readings have room in the narrowest window", async () => {
  await open({ locale: "de", viewport: { width: 320, height: 568 } });
  await page.press("add");
  await page.sheet("display");
  await page.choose("Einheit", "°F");
  await page.page.keyboard.press("Escape");
  const telemetry = telemetryWith({ [Word.spotMean]: 7_231, [Word.resolution]: 0 });
  await next({ pixels: PIXELS.map((_, i) => (i % 2 ? 7_231 : 2_231)), telemetry });
  await page.text("#readings tbody tr", "Bild841,9391,9\u221258,1");
  await page.shows(
    `[...document.querySelectorAll("#readings *")].every((e) => { const r = e.getBoundingClientRect(); return r.left >= 0 && r.right <= innerWidth - 8; })`,
  );
  await page.screenshot("320x568-long-readings");
});

/** Texts of the open sheet that reach over the end of a box. */
const CUT = `(() => {
  const found = [];
  for (const element of document.querySelectorAll("#panel, #panel *")) {
    const { clientWidth, scrollWidth, textContent } = element;
    if (clientWidth && scrollWidth > clientWidth + 1 && !element.closest("pre, .unseen")) found.push([element.className, textContent.slice(0, 60)]);
  }
  return found;
})()`;

/** For each visible element with text of its own: its colour and the first background behind it. */
const CONTRASTS = `(() => {
  const parse = (text) => (text.match(/[\\d.]+/g) ?? []).map(Number);
  const linear = (v) => ((v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
  const luminance = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
    if (!own || !element.getClientRects().length || element.closest(".mark, .box, .unseen, :disabled")) continue;
    let behind = element;
    while (behind && (parse(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(parse(getComputedStyle(behind ?? document.body).backgroundColor))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) found.push([element.textContent, ratio.toFixed(2)]);
  }
  return found;
})()`;

const NAMELESS = `[...document.querySelectorAll("button, input, a, [role=tab], [role=application]")].filter((e) => e.getClientRects().length && !(
  e.getAttribute("aria-label") || e.textContent.trim() || [...(e.labels ?? [])].some((l) => l.textContent.trim()))).map((e) => e.outerHTML)`;

const SHEETS = ["display", "files", "camera", "wifi", "update", "log"];

for (const colorScheme of ["dark", "light"] as const)
  pageTest(`${colorScheme}: contrast of 4.5:1, a name for every control, one heading, no doubled ids`, async () => {
    await open({ colorScheme });
    await page.press("add");
    await page.press("freeze");
    for (const sheet of SHEETS) {
      await page.sheet(sheet);
      expect([sheet, await page.page.evaluate(CONTRASTS), await page.page.evaluate(NAMELESS)]).toEqual([sheet, [], []]);
      await page.shows(
        `(() => { const ids = [...document.querySelectorAll("[id]")].map((e) => e.id); return new Set(ids).size === ids.length; })()`,
      );
      await page.shows(
        `[...document.querySelectorAll("[aria-controls],[aria-describedby],[aria-labelledby]")].every((e) => ["aria-controls", "aria-describedby", "aria-labelledby"].every((a) => !e.getAttribute(a) || document.getElementById(e.getAttribute(a))))`,
      );
      await page.screenshot(`1280x800-${colorScheme}-${sheet}`);
    }
    await page.shows(`document.querySelectorAll("h1").length`, 1);
  });

pageTest("the keyboard alone: the order of focus, a sheet by its tabs, and the way back", async () => {
  await open();
  const focused = `document.activeElement.id || document.activeElement.dataset.action || document.activeElement.tagName`;
  await page.page.keyboard.press("Tab");
  await page.shows(focused, "view");
  for (const action of ["freeze", "files", "record", "correct", "add", "graph", "display"]) {
    await page.page.keyboard.press("Tab");
    await page.shows(focused, action);
  }
  await page.page.keyboard.press("Enter");
  await page.shows(focused, "tab-display");
  await page.page.keyboard.press("ArrowRight");
  await page.shows(focused, "tab-files");
  await page.page.keyboard.press("Escape");
  await page.shows(focused, "display");
  await page.shows(`document.querySelector("#panel").hidden`);
});

pageTest("with reduced motion nothing moves", async () => {
  await open({ reducedMotion: "reduce" });
  await page.shows(
    `[...document.querySelectorAll("*")].every((e) => getComputedStyle(e).transitionDuration === "0s" && getComputedStyle(e).animationName === "none")`,
  );
});
