// SPDX-License-Identifier: Apache-2.0
/** The camera's page in a browser. Waits are for what the page shows, never for a time. */
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Download, Page } from "playwright-core";
import { LIMIT, shows } from "../page-shows";
import { eventually } from "../real-time";

const SCREENSHOTS = join(__dirname, "../../../build/screenshots");

/** Real milliseconds for a click while the buttons are shown, which is for 3 s of the page's time. */
const SHOWN = 3_000;

export interface PageOptions extends BrowserContextOptions {
  /** The page's time is the test's (`page.clock`). Default true. */
  readonly clock?: boolean;
  /** Called before the page is opened. */
  readonly prepare?: (page: Page) => void;
}

export class CameraPage {
  private constructor(
    readonly context: BrowserContext,
    readonly page: Page,
    /** Exceptions in the page. */
    readonly errors: string[],
  ) {}

  static async open(
    browser: Browser,
    url: string,
    { clock = true, prepare, ...options }: PageOptions = {},
  ): Promise<CameraPage> {
    const context = await browser.newContext({
      viewport: { width: 1280, height: 800 },
      colorScheme: "dark",
      locale: "en-GB",
      ...options,
    });
    context.setDefaultTimeout(LIMIT);
    const page = await context.newPage();
    const errors: string[] = [];
    page.on("pageerror", ({ message }) => errors.push(message));
    if (clock) await page.clock.install();
    prepare?.(page);
    await page.goto(url);
    return new CameraPage(context, page, errors);
  }

  /** Waits until an expression in the page is equal to a value, or true. */
  shows(expression: string, value: unknown = true): Promise<void> {
    return shows(this.page, expression, value);
  }

  /** Waits until an element has a text. */
  text(selector: string, text: string): Promise<void> {
    return this.shows(`document.querySelector(${JSON.stringify(selector)})?.textContent`, text);
  }

  /** Waits until the state of the page is shown by name and in words. */
  async state(name: string, text?: string): Promise<void> {
    await this.shows("document.documentElement.dataset.state", name);
    if (text !== undefined) await this.text("#state", text);
  }

  /** Waits until a frame is drawn. */
  drawn(sequence: number): Promise<void> {
    return this.shows(`document.querySelector("#picture")?.dataset.sequence`, String(sequence));
  }

  /** The colours of the picture: width, and RGBA bytes. */
  async picture(): Promise<{ width: number; bytes: Buffer }> {
    const [width, text] = (await this.page.evaluate(`(() => {
      const canvas = document.querySelector("#picture");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let text = "";
      for (let i = 0; i < data.length; i += 8192) text += String.fromCharCode(...data.subarray(i, i + 8192));
      return [canvas.width, btoa(text)];
    })()`)) as [number, string];
    return { width, bytes: Buffer.from(text, "base64") };
  }

  /** The point of the window that shows the middle of a pixel of the sensor. */
  async point(column: number, row: number): Promise<{ x: number; y: number }> {
    const box = await this.page.locator("#view").boundingBox();
    if (!box) throw new Error("the picture is not there");
    return { x: box.x + ((column + 0.5) / 160) * box.width, y: box.y + ((row + 0.5) / 120) * box.height };
  }

  async tap(column: number, row: number): Promise<void> {
    const { x, y } = await this.point(column, row);
    await this.page.mouse.click(x, y);
  }

  /** Draws with the pointer from one pixel of the sensor to another. */
  async drag(from: readonly [number, number], to: readonly [number, number]): Promise<void> {
    const [start, end] = [await this.point(...from), await this.point(...to)];
    await this.page.mouse.move(start.x, start.y);
    await this.page.mouse.down();
    await this.page.mouse.move((start.x + end.x) / 2, (start.y + end.y) / 2);
    await this.page.mouse.move(end.x, end.y);
    await this.page.mouse.up();
  }

  /**
   * Presses a button over the picture: the pointer shows the buttons first, again when they have hidden before the click, as
   * they may on a busy computer.
   */
  press(action: string): Promise<void> {
    const button = this.page.locator(`#controls [data-action=${action}]`);
    let reason = "";
    const press = async (): Promise<boolean> => {
      await this.page.mouse.move(40, 40);
      await this.page.mouse.move(60, 60);
      return button.click({ timeout: SHOWN }).then(
        () => true,
        (error: Error) => {
          reason = error.message;
          return false;
        },
      );
    };
    return eventually(`a press of ${action}`, press, () => reason);
  }

  /** Stops the time of the page, a second from now. */
  async pause(): Promise<void> {
    await this.page.clock.pauseAt(((await this.page.evaluate("Date.now()")) as number) + 1_000);
  }

  async sheet(name: string): Promise<void> {
    if (await this.page.locator("#panel").isHidden()) await this.press("menu");
    await this.page.locator(`#tab-${name}`).click();
  }

  /** Chooses by its label. */
  async choose(group: string, label: string): Promise<void> {
    await this.page.locator("fieldset", { hasText: group }).getByText(label, { exact: true }).click();
  }

  /** The file that an action makes the browser save. */
  async download(action: () => Promise<unknown>): Promise<{ name: string; content: Buffer }> {
    const [download] = (await Promise.all([this.page.waitForEvent("download"), action()])) as [Download, unknown];
    return { name: download.suggestedFilename(), content: readFileSync(await download.path()) };
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.context.close();
  }
}
