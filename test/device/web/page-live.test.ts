// SPDX-License-Identifier: Apache-2.0
/** The camera's page in a browser, served by the firmware on a virtual board. */
import type { Browser } from "playwright-core";
import { Enlarger } from "../../../modules/web/page/enlarge";
import { type Frame, readFrame } from "../../../modules/web/page/frame";
import { colours, fillTable } from "../../../modules/web/page/palette";
import { startVirtualCamera, type VirtualCamera } from "../../../simulator/board/virtual-camera";
import { type FirmwareImageOptions, makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { readPalettes } from "../../../tools/palettes";
import { launchBrowser } from "../../../tools/chromium";
import { missing } from "../../../tools/optional-tools";
import { testWith } from "../skipped";
import { press } from "../update/rig";
import { CameraPage } from "./page-rig";

const pageTest = testWith("chromium");

let browser: Browser | undefined;
let camera: VirtualCamera;
let page: CameraPage;
/** Frames that came over the page's WebSocket, by their number. */
const received = new Map<number, Frame>();
beforeAll(async () => {
  if (missing("chromium") === undefined) browser = await launchBrowser();
});
afterAll(async () => {
  await browser?.close();
});
beforeEach(async () => {
  if (!browser) return;
  camera = await startVirtualCamera();
  await camera.waitForLog(/main: first frame/);
  received.clear();
  page = await CameraPage.open(browser, `http://127.0.0.1:${camera.http}/`, {
    clock: false,
    prepare: (tab) =>
      tab.on("websocket", (socket) =>
        socket.on("framereceived", ({ payload }) => {
          const frame = typeof payload === "string" ? undefined : readFrame(Uint8Array.from(payload).buffer);
          if (frame) received.set(frame.sequence, frame);
        }),
      ),
  });
});
afterEach(async () => {
  if (!browser) return;
  await page.close();
  await camera.stop();
  expect(page.errors).toEqual([]);
});

const sequence = `Number(document.querySelector("#picture")?.dataset.sequence ?? -1)`;
const celsius = (count: number): string => (count / 100 - 273.15).toFixed(1).replace("-", "\u2212");

/** Waits for a number of frames more than there are now. */
async function frames(count: number): Promise<void> {
  await page.shows(`${sequence} >= 0`);
  const now = Number(await page.page.evaluate(sequence));
  await page.shows(`${sequence} >= ${now + count}`);
}

pageTest("the picture on the screen is a frame of the sensor, and so are the readings", async () => {
  await frames(2);
  await page.press("freeze");
  await page.state("frozen");
  const wanted = Number(await page.page.evaluate(sequence));
  const frame = received.get(wanted);
  if (!frame) throw new Error(`frame ${wanted} has not come over the WebSocket`);
  const { width, bytes } = await page.picture();
  const range = (await page.page.evaluate(
    `["low", "high"].map((end) => Number(document.querySelector("#picture").dataset[end]))`,
  )) as [number, number];
  const table = new Uint32Array(65536);
  fillTable(table, colours(readPalettes().find(([name]) => name === "iron") ?? ["", []]), ...range, undefined);
  const enlarger = new Enlarger(width / 160);
  const expected = new Uint32Array(enlarger.width * enlarger.height);
  enlarger.draw(frame.pixels, table, expected);
  expect(bytes.equals(Buffer.from(expected.buffer))).toBe(true);
  await page.text("#spot", celsius(frame.spot));
  await page.text("#readings tbody td", celsius(Math.max(...frame.pixels)));
  await page.tap(33, 44);
  await page.text("#probe", `${celsius(frame.pixels[44 * 160 + 33] ?? 0)}\u00a0°C`);
});

pageTest("frames keep coming: none is skipped by camera or page, each has the next number", async () => {
  await page.page.evaluate(
    `window.seen = []; new MutationObserver(() => window.seen.push(${sequence})).observe(document.querySelector("#picture"), { attributeFilter: ["data-sequence"] })`,
  );
  await frames(40);
  const seen = (await page.page.evaluate("window.seen")) as number[];
  const numbers = [...new Set(seen)];
  // A busy computer may draw two frames in one picture of the screen, but not out of order.
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  expect(numbers.length).toBeGreaterThan(20);
});

pageTest("the clock of the camera is this computer's", async () => {
  await frames(1);
  const connection = await Connection.open({ host: "127.0.0.1", port: camera.port, timeout: 20_000 });
  const status = (await connection.call("get_status"))["status"] as { Date: string };
  connection.close();
  const today = new Date();
  expect(
    [today, new Date(today.getTime() - 60_000)].map(
      (day) => `${day.getMonth() + 1}/${day.getDate()}/${day.getFullYear() % 100}`,
    ),
  ).toContain(status.Date);
});

pageTest("files of each format are the camera's", async () => {
  await frames(1);
  await page.sheet("files");
  const file = async (format: string): Promise<Buffer> =>
    (await page.download(() => page.page.locator(`a[href="/image.${format}"]`).click())).content;
  expect(new ThermalImage((await file("tjsn")).toString()).pixels.length).toBe(19_200);
  expect((await file("raw")).length).toBe(38_400);
  expect((await file("csv")).toString().trim().split("\n").length).toBe(120);
  expect((await file("npy")).subarray(1, 6).toString()).toBe("NUMPY");
  expect((await file("tiff")).subarray(0, 2).toString()).toBe("II");
  expect((await file("png16")).subarray(1, 4).toString()).toBe("PNG");
});

pageTest("settings reach the sensor, and AGC is shown in words", async () => {
  await frames(1);
  await page.sheet("camera");
  await page.text(".value", "100 %");
  await page.page.getByLabel("Emissivity").focus();
  await page.page.keyboard.press("ArrowLeft");
  await page.text(".outcome", "Saved.");
  await page.page.getByRole("switch", { name: /AGC/ }).click();
  await page.state("agc", "AGC: no temperatures");
  await page.text("#spot", "–");
  const connection = await Connection.open({ host: "127.0.0.1", port: camera.port, timeout: 20_000 });
  expect(await connection.call("get_config")).toEqual({
    config: { agc_enabled: 1, emissivity: 99, gain_mode: 0 },
  });
  connection.close();
});

pageTest("a correction is shown while it runs", async () => {
  await frames(1);
  await page.page.evaluate(
    `window.states = []; new MutationObserver(() => window.states.push(document.documentElement.dataset.state)).observe(document.documentElement, { attributeFilter: ["data-state"] })`,
  );
  await page.press("correct");
  await page.state("message", "Correction done.");
  expect(await page.page.evaluate("window.states")).toContain("ffc");
});

pageTest("a sensor that is gone is named, in the camera's words, and the log has the fault", async () => {
  await frames(1);
  await page.sheet("log");
  camera.board.lepton.faults.set("missingVsync", {});
  await page.state("no-sensor");
  await page.shows(`document.querySelector("#state").textContent.startsWith("The picture stands still: ")`);
  await page.shows(`document.querySelector(".faults").textContent.includes("VoSPI")`);
  await page.shows(`document.querySelector("pre").textContent.includes("fault 5 (VoSPI)")`);
  camera.board.lepton.faults.clear("missingVsync");
  await frames(3);
  await page.state("live");
});

pageTest("a restart from the page ends with pictures again", async () => {
  await frames(1);
  await page.sheet("camera");
  await page.page.getByText("Restart the camera").click();
  await page.page.getByText("Press again to confirm").click();
  await page.state("restarting");
  await page.state("live");
  await frames(2);
});

/** Starts an update, which waits for the button then. */
async function upload(options: FirmwareImageOptions): Promise<void> {
  await frames(1);
  await page.sheet("update");
  await page.page.locator("input[type=file]").setInputFiles({
    name: "firmware.bin",
    mimeType: "application/octet-stream",
    buffer: makeFirmwareImage({ size: 60_000, ...options }),
  });
  await page.page.getByText("Start the update").click();
  await page.state("update", "Update: press the camera's button now");
  await camera.waitForLog(/update: .*(requested|button)/);
}

async function update(options: FirmwareImageOptions): Promise<void> {
  await upload(options);
  await press(camera);
}

pageTest("an update by the page: the button, progress, the restart, and the new version", async () => {
  await update({ version: "4.1" });
  await page.state("message", "Version 4.1 is running.");
  await page.shows(`document.querySelector("#panel").textContent.includes("Runs now: 4.1")`);
  await frames(2);
  await camera.waitForLog(/version 4.1 passed its trial and stays/);
});

pageTest("an update that crashes is rolled back, and the page says so", async () => {
  await update({ version: "4.2", behaviour: { crashAfter: 150 } });
  await page.state("message", "Firmware update to 4.2 was rolled back, running 4.0");
  await frames(2);
});

pageTest("a page that is left before the button is pressed gives up its update", async () => {
  await upload({ version: "4.3", size: 1_500_000 });
  await page.page.goto("about:blank");
  const { text } = await camera.waitForLog(/^update: .*(disconnected|timed out)/);
  expect(text).toContain("disconnected");
});
