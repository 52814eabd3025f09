// SPDX-License-Identifier: Apache-2.0
/** The camera's page and API in real time, beside clients of the command socket. */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { launchBrowser } from "../../tools/chromium";
import { unavailable } from "../../tools/optional-tools";
import { shows } from "../device/page-shows";
import { figure, heading, percentile } from "./figures";
import type { Measured, Place } from "./web-clients";

export interface WebAddress {
  readonly host: string;
  /** Of the command socket. */
  readonly port: number;
  /** Of the web server. */
  readonly http: number;
}

const KINDS: readonly Place["kind"][] = ["clients", "browsers", "requests"];
/** Images a second that each client gets at least, of the sensor's 8.77. */
const RATE = 8.7;
/** Milliseconds. */
const STATUS = 20;
const FIRST_PICTURE = 1_000;
const SETTLE = 2_000;
const MEASURE = 30_000;
const VISITS = 5;

class Clients {
  private constructor(private readonly child: ChildProcess) {}

  static async start(place: Place): Promise<Clients> {
    const child = fork(join(__dirname, "web-clients.ts"), [JSON.stringify(place)], { execArgv: ["--import", "tsx"] });
    await Clients.#message(child);
    return new Clients(child);
  }

  async measure(milliseconds: number): Promise<Measured> {
    this.child.send(milliseconds);
    return (await Clients.#message(this.child)) as Measured;
  }

  stop(): void {
    this.child.kill();
  }

  /** @throws Error when the process ends */
  static async #message(child: ChildProcess): Promise<unknown> {
    const ended = once(child, "exit").then(([status]) => {
      throw new Error(`clients ended with ${status}`);
    });
    ended.catch(() => undefined);
    const [message] = (await Promise.race([once(child, "message"), ended])) as unknown[];
    return message;
  }
}

function report({ rates, times }: Measured): void {
  for (const [name, values] of Object.entries(rates)) {
    const least = Math.min(...values);
    figure(`${name}: images/s, slowest of ${values.length}`, least, "/s", { text: `${RATE}`, ratio: least / RATE });
  }
  for (const [name, values] of Object.entries(times)) {
    const p99 = percentile(values, 0.99);
    const goal = name.startsWith("get_status") ? { text: `${STATUS} ms`, ratio: p99 / STATUS } : undefined;
    figure(`${name}: median of ${values.length}`, percentile(values, 0.5), "ms");
    figure(`${name}: 99 %`, p99, "ms", goal);
  }
}

/** In the page: notes when the first picture is drawn, in milliseconds from the navigation. */
const WATCH = `
  const observer = new MutationObserver(() => {
    if (document.querySelector("#picture")?.dataset.sequence === undefined) return;
    globalThis.firstPicture = performance.now();
    observer.disconnect();
  });
  observer.observe(document, { subtree: true, childList: true, attributes: true });
`;

/** Milliseconds from the navigation to the first picture that the page draws. */
async function firstPictures(url: string, visits: number): Promise<number[]> {
  const browser = await launchBrowser();
  try {
    const times: number[] = [];
    for (let visit = 0; visit < visits; visit++) {
      const context = await browser.newContext();
      const page = await context.newPage();
      await page.addInitScript({ content: WATCH });
      await page.goto(url);
      await shows(page, "globalThis.firstPicture !== undefined");
      times.push(Number(await page.evaluate("globalThis.firstPicture")));
      await context.close();
    }
    return times;
  } finally {
    await browser.close();
  }
}

export async function measurePage({ host, http }: WebAddress, scale: number): Promise<void> {
  const reason = unavailable("chromium");
  heading(reason === undefined ? "the page in Chromium" : `skipped: the page in Chromium: ${reason}`);
  if (reason !== undefined) return;
  const times = await firstPictures(`http://${host}:${http}/`, Math.ceil(VISITS * scale));
  const median = percentile(times, 0.5);
  const goal = { text: `${FIRST_PICTURE / 1000} s`, ratio: median / FIRST_PICTURE };
  figure(`from opening to the first picture: median of ${times.length}`, median, "ms", goal);
  figure("from opening to the first picture: longest", Math.max(...times), "ms");
}

/** All clients that the camera has places for, at the same time. */
export async function measureWeb(address: WebAddress, scale: number): Promise<void> {
  await measurePage(address, scale);
  const milliseconds = MEASURE * scale;
  heading(
    `4 WebSockets, 4 clients of the command socket, MJPEG, snapshots and commands at once, ${milliseconds / 1000} s`,
  );
  const all: Clients[] = [];
  try {
    for (const kind of KINDS) all.push(await Clients.start({ ...address, kind }));
    await new Promise((resolve) => setTimeout(resolve, SETTLE * scale));
    for (const measured of await Promise.all(all.map((clients) => clients.measure(milliseconds)))) report(measured);
  } finally {
    for (const clients of all) clients.stop();
  }
}
