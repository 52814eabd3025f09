// SPDX-License-Identifier: Apache-2.0
/** A page in headless Chromium, controlled through its debugging pipe (JSON texts, each with a final NUL, on descriptors 3 and 4). */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { CHROMIUM_FLAGS } from "../../../tools/optional-tools";
import { eventually } from "../real-time";

interface Message {
  id?: number;
  result?: Record<string, unknown>;
  error?: { message: string };
}

export class Page {
  private readonly folder = mkdtempSync(join(tmpdir(), "tcam-browser-"));
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (message: Message) => void>();
  private readonly ended: Promise<never>;
  private session: string | undefined;
  private last = 0;

  private constructor() {
    const options = [...CHROMIUM_FLAGS, "--remote-debugging-pipe", `--user-data-dir=${this.folder}`, "about:blank"];
    this.child = spawn("chromium", options, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"], detached: true });
    this.ended = new Promise((_, reject) => this.child.once("close", (code) => reject(new Error(`Chromium: ${code}`))));
    this.ended.catch(() => undefined);
    let text = "";
    (this.child.stdio[4] as Readable).setEncoding("utf8").on("data", (piece: string) => {
      const messages = (text + piece).split("\0");
      text = messages.pop() ?? "";
      for (const message of messages.map((one) => JSON.parse(one) as Message))
        this.waiting.get(message.id ?? 0)?.(message);
    });
  }

  static async open(url: string): Promise<Page> {
    const page = new Page();
    try {
      const { targetId } = await page.call("Target.createTarget", { url });
      const { sessionId } = await page.call("Target.attachToTarget", { targetId, flatten: true });
      page.session = sessionId as string;
      const loaded = `location.href !== "about:blank" && document.readyState === "complete"`;
      await eventually("the page is loaded", async () => (await page.evaluate(loaded)) === true);
      return page;
    } catch (error) {
      await page.close();
      throw error;
    }
  }

  /** Evaluates a JavaScript expression in the page. */
  async evaluate(expression: string): Promise<unknown> {
    const answer = await this.call("Runtime.evaluate", { expression, returnByValue: true, awaitPromise: true });
    if ("exceptionDetails" in answer) throw new Error(`${expression}: ${JSON.stringify(answer["exceptionDetails"])}`);
    return (answer["result"] as { value?: unknown }).value;
  }

  /** Clicks in the middle of an element, without a pause between press and release. */
  async click(selector: string): Promise<void> {
    const box = `document.querySelector(${JSON.stringify(selector)}).getBoundingClientRect()`;
    const [x, y] = (await this.evaluate(`(({ x, y, width, height }) => [x + width / 2, y + height / 2])(${box})`)) as [
      number,
      number,
    ];
    for (const type of ["mousePressed", "mouseReleased"])
      await this.call("Input.dispatchMouseEvent", { type, x, y, button: "left", clickCount: 1 });
  }

  async close(): Promise<void> {
    if (this.child.exitCode === null && this.child.pid !== undefined) process.kill(-this.child.pid, "SIGKILL");
    await this.ended.catch(() => undefined);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20 });
  }

  private call(method: string, params: object): Promise<Record<string, unknown>> {
    const id = ++this.last;
    const answer = new Promise<Record<string, unknown>>((resolve, reject) =>
      this.waiting.set(id, ({ result, error }) => (result ? resolve(result) : reject(new Error(error?.message)))),
    );
    const message = { id, method, params, ...(this.session !== undefined && { sessionId: this.session }) };
    (this.child.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return Promise.race([answer, this.ended]).finally(() => this.waiting.delete(id));
  }
}
