// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run readme-picture`: docs/page.jpg, the picture at the head of the README: the camera's page in Chromium, served
 * by a virtual camera in front of a recorded scene.
 */
import { join } from "node:path";
import { startVirtualCamera } from "../../simulator/board/virtual-camera";
import { buildFirmware, buildRunner } from "../build";
import { launchBrowser } from "../chromium";

const root = join(__dirname, "../..");
const SCENE = join(root, "test/fixtures/lepton35-agc-off.tjsn");
const PICTURE = join(root, "docs/page.jpg");
/** Frames before the picture is taken: the sensor has run its first correction, and its noise is that of a warm camera. */
const FRAMES = 30;

async function main(): Promise<void> {
  await buildRunner();
  await buildFirmware();
  const camera = await startVirtualCamera({ scene: SCENE });
  try {
    const browser = await launchBrowser();
    const page = await browser.newPage({
      viewport: { width: 1280, height: 800 },
      colorScheme: "dark",
      locale: "en-GB",
    });
    await page.goto(`http://${camera.host}:${camera.http}/`);
    await page.locator(`#picture[data-sequence]`).waitFor();
    const sequence = (): Promise<number> =>
      page.evaluate(`Number(document.querySelector("#picture").dataset.sequence)`) as Promise<number>;
    const wanted = (await sequence()) + FRAMES;
    while ((await sequence()) < wanted) await page.evaluate("new Promise(requestAnimationFrame)");
    await page.locator("html[data-state=live]").waitFor();
    // A box around the cold cup, drawn as a person does.
    const view = await page.locator("#view").boundingBox();
    if (!view) throw new Error("the page has no picture");
    const point = (column: number, row: number): [number, number] => [
      view.x + (column / 160) * view.width,
      view.y + (row / 120) * view.height,
    ];
    await page.mouse.move(...point(8, 16));
    await page.mouse.down();
    await page.mouse.move(...point(20, 40));
    await page.mouse.move(...point(40, 68));
    await page.mouse.up();
    await page.mouse.move(...point(62, 88));
    await page.screenshot({ path: PICTURE, type: "jpeg", quality: 88 });
    await browser.close();
    console.log(PICTURE);
  } finally {
    await camera.stop();
  }
}

void main();
