// SPDX-License-Identifier: Apache-2.0
/** The control page in a browser, as a person uses it. */
import { missing } from "../../../tools/optional-tools";
import { type VirtualCamera, startVirtualCamera } from "../../../simulator/board/virtual-camera";
import { until } from "../network/rig";
import { testWith } from "../skipped";
import { Page } from "./browser";

const pageTest = testWith("chromium");

let device: VirtualCamera | undefined;
let page: Page | undefined;
beforeAll(async () => {
  if (missing("chromium") !== undefined) return;
  device = await startVirtualCamera();
  await device.waitForLog(/main: first frame/);
  page = await Page.open(`http://127.0.0.1:${device.control}/`);
});
afterAll(async () => {
  await page?.close();
  await device?.stop();
});

/** Waits until an expression in the page is true. */
function shows(expression: string): Promise<void> {
  let value: unknown;
  return until(
    expression,
    async () => (value = await (page as Page).evaluate(expression)) === true,
    () => `it was ${String(value)}`,
  );
}
const logShows = (text: string): Promise<void> =>
  shows(`document.querySelector("#log").textContent.includes(${JSON.stringify(text)})`);

pageTest("it shows the LED, the log, where the camera is, and what the sensor looks at", async () => {
  await shows(`document.querySelector("#led").className === "yellow"`);
  await logShows("main: first frame");
  await shows(`document.querySelector("#facts").textContent.startsWith("127.0.0.1:${device?.port}, wifi, running")`);
  await shows(`/^\\d+\\.\\d °C to \\d+\\.\\d °C$/.test(document.querySelector("#range").textContent)`);
  await shows(
    `new Set(document.querySelector("#picture").getContext("2d").getImageData(0, 0, 160, 120).data).size > 20`,
  );
});

pageTest("it shows control characters and bidirectional controls of others escaped", async () => {
  device?.board.journal.log("I", "network", "joined \x1b[31m\u202egnp.exe");
  await logShows("joined \\u001b[31m\\u202egnp.exe");
});

pageTest("a click on the button, however quick, is a press the camera notices", async () => {
  await page?.click("#button");
  await logShows("button: short press");
});

pageTest("a fault is switched on and off by its box, and the LED shows it", async () => {
  const box = `[...document.querySelectorAll("#faults label")].find((label) => label.textContent.includes("missingVsync")).firstChild`;
  await shows(`document.querySelectorAll("#faults input").length > 20`);
  await page?.evaluate(`${box}.click()`);
  await logShows("fault 5 (VoSPI)");
  await shows(`document.querySelector("#led").className === "red"`);
  await shows(`${box}.checked`);
  await page?.evaluate(`${box}.click()`);
  await logShows("fault 5 (VoSPI) is gone");
  await shows(`document.querySelector("#led").className === "yellow"`);
  await shows(`!${box}.checked`);
});
