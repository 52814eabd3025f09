// SPDX-License-Identifier: Apache-2.0
/** The control page in a browser. */
import type { Browser, Page } from "playwright-core";
import { type VirtualCamera, startVirtualCamera } from "../../../simulator/board/virtual-camera";
import { launchBrowser } from "../../../tools/chromium";
import { missing } from "../../../tools/optional-tools";
import { shows as showsIn } from "../page-shows";
import { testWith } from "../skipped";

const pageTest = testWith("chromium");

let browser: Browser | undefined;
let camera: VirtualCamera | undefined;
let page: Page | undefined;
beforeAll(async () => {
  if (missing("chromium") !== undefined) return;
  browser = await launchBrowser();
  camera = await startVirtualCamera();
  await camera.waitForLog(/main: first frame/);
  page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${camera.control}/`);
});
afterAll(async () => {
  await browser?.close();
  await camera?.stop();
});

const shows = (expression: string): Promise<void> => showsIn(page as Page, expression);
const logShows = (text: string): Promise<void> =>
  shows(`document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`);

pageTest("it shows the LED, the log, the camera's address and the sensor's scene", async () => {
  await shows(`document.querySelector("#led").className === "yellow"`);
  await logShows("main: first frame");
  await shows(`document.querySelector("#facts").textContent.startsWith("127.0.0.1:${camera?.port}, wifi, running")`);
  await shows(`document.querySelector("#page").href === "http://127.0.0.1:${camera?.http}/"`);
  await shows(`/^\\d+\\.\\d °C to \\d+\\.\\d °C$/.test(document.querySelector("#range").textContent)`);
  await shows(
    `new Set(document.querySelector("#picture").getContext("2d").getImageData(0, 0, 160, 120).data).size > 20`,
  );
});

pageTest("it escapes control characters and bidirectional controls in names", async () => {
  camera?.board.journal.log("I", "network", "joined \x1b[31m\u202egnp.exe");
  await logShows("joined \\u001b[31m\\u202egnp.exe");
});

pageTest("the shortest click on the button is a press for the camera", async () => {
  await page?.click("#button");
  await logShows("button: short press");
});

pageTest("a checkbox sets and clears a fault, which the LED shows", async () => {
  const box = `[...document.querySelectorAll("#faults label")].find((label) => label.textContent.includes("missingVsync")).firstChild`;
  await shows(`document.querySelectorAll("#faults input").length > 20`);
  await page?.evaluate(`${box}.click()`);
  await logShows("fault 5 (VoSPI)");
  await shows(`document.querySelector("#led").className === "red"`);
  await shows(`${box}.checked`);
  await page?.evaluate(`${box}.click()`);
  await logShows("fault 5 (VoSPI) cleared");
  await shows(`document.querySelector("#led").className === "yellow"`);
  await shows(`!${box}.checked`);
});
