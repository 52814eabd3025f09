// SPDX-License-Identifier: Apache-2.0

/** Runs small scripts on the engine runner, with the Linux platform classes and nothing else of the firmware. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firmwareRoot, runnerProgram, moduleMap } from "../../../tools/build";
import type { Variant } from "../../../tools/build";
import { NetworkBoard } from "./network-board";

/** In scope of every script. */
const say = 'const say = (...words) => trace(words.join(" "), "\\n");';

export interface ScriptOptions {
  env?: Record<string, string>;
  /** Further arguments for the engine runner. */
  arguments?: readonly string[];
  /** Modules beside the script, `./name`. */
  modules?: Readonly<Record<string, string>>;
  /** Run it in lock-step with a board that has a network. Default: without a board. */
  onBoard?: boolean;
}

/** A running script. Its output by `say(...)` is read line by line. */
export class Script {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #lines: string[] = [];
  readonly board: NetworkBoard | undefined;
  readonly #ended: Promise<number>;
  #rest = "";
  #over = false;
  #wake: (() => void) | undefined;
  /** Output on stderr. */
  errors = "";

  constructor(source: string, options: ScriptOptions) {
    this.#folder = mkdtempSync(join(tmpdir(), "tcam-script-"));
    const root = join(this.#folder, "root");
    mkdirSync(root);
    for (const name of readdirSync(firmwareRoot)) symlinkSync(join(firmwareRoot, name), join(root, name));
    for (const [name, text] of Object.entries({ ...options.modules, script: source }))
      writeFileSync(join(root, `${name}.js`), `${say}\n${text}`);
    const program = runnerProgram((process.env.TCAM_HOST_VARIANT ?? "release") as Variant);
    if (options.onBoard) this.board = new NetworkBoard((line) => this.#onText(`${line}\n`));
    const lockStep = this.board ? ["--lock-step"] : [];
    const parameters = ["--root", root, "--map", moduleMap, ...lockStep, ...(options.arguments ?? []), "script"];
    this.#child = spawn(program, parameters, {
      env: { ...process.env, ...options.env, ...(this.board && { TCAM_BOARD: this.board.path }) },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => this.#onText(text));
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => (this.errors += text));
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => (this.errors += String(error)));
      this.#child.on("close", (code) => {
        this.#over = true;
        this.#wake?.();
        resolve(code ?? -1);
      });
    });
  }

  /** The script's next line. Rejects when the script ends first. */
  async line(): Promise<string> {
    while (!this.#lines.length) {
      if (this.#over) throw new Error(`the script ended; stderr: ${this.errors}`);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    return this.#lines.shift() as string;
  }
  /** Whether lines are unread. */
  get waiting(): boolean {
    return this.#lines.length > 0;
  }
  /** The number in the next line, which must be `name N`. */
  async number(name: string): Promise<number> {
    const line = await this.line();
    const [word, value] = line.split(" ");
    if (word !== name || !Number.isFinite(Number(value))) throw new Error(`expected "${name} <number>", got "${line}"`);
    return Number(value);
  }
  /** The exit code. */
  get ended(): Promise<number> {
    return this.#ended;
  }
  get pid(): number {
    return this.#child.pid as number;
  }
  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
    await this.board?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #onText(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() as string;
    this.#lines.push(...lines);
    this.#wake?.();
  }
}

const running = new Set<Script>();

/** Starts a script: an ES module with `say(...words)` in scope. It is stopped at the end of the test. */
export function run(source: string, options: ScriptOptions = {}): Script {
  const script = new Script(source, options);
  running.add(script);
  return script;
}

afterEach(async () => {
  await Promise.all([...running].map((script) => script.stop()));
  running.clear();
});
