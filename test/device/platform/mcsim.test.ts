// SPDX-License-Identifier: Apache-2.0
/**
 * `npm run mcsim`: the firmware in the SDK's simulator, in a window that shows a tCam-Mini. On a display without a monitor.
 * Skipped without a Moddable SDK, Xvfb and xdotool. `sdk:check` runs it.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { missing } from "../../../tools/optional-tools";
import { buildSimulators } from "../../../tools/sdk/sdk-build";
import { Program } from "../../program";
import { haveEnded, Launcher, processesWith, typeScript } from "../launcher/launcher";
import { eventually } from "../real-time";
import { skipTest } from "../skipped";
import { type Colour, Display, type Screenshot } from "./screen";

const ROOT = join(__dirname, "../../..");
const SCREENSHOTS = join(ROOT, "build/screenshots");
const { MODDABLE = "/nowhere" } = process.env;
const MCSIM = join(MODDABLE, "build/bin/lin/release/mcsim");
const LIBRARY = join(ROOT, "build/sdk/bin/lin/mc/debug/tcam-mini/mc.so");

/** Of platforms/linux/sdk/simulators/tcam-mini.ts: the board's colour and size, and places on it. */
const BOARD: Colour = [0x12, 0x50, 0x3a];
const SIZE = { width: 520, height: 540 };
const SCREEN = { left: 20, top: 20, scale: 3 };
const LED = { x: 337, y: 431 };
const BUTTON = { x: 337, y: 493 };
const SERIAL = { x: 435, y: 437 };
const USB = { x: 438, y: 520 };
/** Colours of the LED there, and of the dark screen. */
const LED_COLOURS: Readonly<Record<string, string>> = {
  "107,111,106": "off",
  "255,42,24": "red",
  "18,216,60": "green",
  "255,200,0": "yellow",
};
const DARK = "0,0,0";

interface Point {
  readonly x: number;
  readonly y: number;
}

/** The window, from the outside. */
class Window {
  readonly #display: Display;
  #left = 0;
  #top = 0;

  constructor(display: Display) {
    this.#display = display;
  }

  /** Waits for the whole drawing of the board. */
  async appears(): Promise<void> {
    const id = (): string => this.#display.xdotool("search", "--onlyvisible", "--name", "^mcsim$").trim();
    await eventually("the window of mcsim", () => attempt(id) !== undefined);
    for (const window of id().split("\n")) {
      this.#display.xdotool("windowmove", window, 0, 0);
      this.#display.xdotool("windowsize", window, 900, 680);
    }
    await eventually(
      "the whole board in the window",
      () => {
        const found = this.#display.look().find(BOARD);
        if (found?.width !== SIZE.width || found.height !== SIZE.height) return false;
        [this.#left, this.#top] = [found.left, found.top];
        return true;
      },
      () => JSON.stringify(this.#display.look().find(BOARD)),
    );
  }

  colour({ x, y }: Point, shot: Screenshot = this.#display.look()): string {
    return shot.at(this.#left + x, this.#top + y).join();
  }
  led(): string {
    return LED_COLOURS[this.colour(LED)] ?? this.colour(LED);
  }
  /** The picture on the screen: red, green, blue of 160 x 120 pixels, one of the screen's for each. */
  picture(): number[] {
    const shot = this.#display.look();
    return Array.from({ length: 160 * 120 }, (_, i) => [
      ...shot.at(
        this.#left + SCREEN.left + SCREEN.scale * (i % 160) + 1,
        this.#top + SCREEN.top + SCREEN.scale * Math.floor(i / 160) + 1,
      ),
    ]).flat();
  }
  isDark(): boolean {
    return this.picture().every((value) => value === 0);
  }
  point({ x, y }: Point): void {
    this.#display.xdotool("mousemove", this.#left + x, this.#top + y);
  }
  click(point: Point): void {
    this.point(point);
    this.#display.xdotool("click", 1);
  }
  /** File > Quit, by its key. */
  quit(): void {
    const [window = ""] = this.#display.xdotool("search", "--onlyvisible", "--name", "^mcsim$").trim().split("\n");
    this.#display.xdotool("windowfocus", window, "key", "ctrl+q");
  }
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Mean difference of two pictures' values. */
function difference(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + Math.abs(value - (b[i] ?? 0)), 0) / a.length;
}

/** A run of `npm run mcsim`, without npm. */
class Run extends Launcher {
  static count = 0;
  readonly mark: string;
  http = 0;
  control = 0;

  constructor(display: Display, data: string, ...args: string[]) {
    const mark = `${process.pid}-${Run.count++}`;
    const ports = ["--port", "0", "--http", "0", "--control", "0", "--data", data];
    super([...ports, ...args], { DISPLAY: display.name, TCAM_MARK: mark }, typeScript("tools/sdk/mcsim.ts"));
    this.mark = `TCAM_MARK=${mark}`;
  }

  async starts(): Promise<void> {
    const [, http, control] = await this.prints(/Page: +http:\S+:(\d+)\/\s+Control page: http:\S+:(\d+)\//);
    this.http = Number(http);
    this.control = Number(control);
  }
  async state(): Promise<{
    chip: { state: string };
    led: { color: string };
    lepton: { frames: number };
    mode: string;
  }> {
    return (await fetch(`http://127.0.0.1:${this.control}/state`)).json() as ReturnType<Run["state"]>;
  }
  async post(path: string, body: object): Promise<void> {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: JSON.stringify(body) };
    const response = await fetch(`http://127.0.0.1:${this.control}${path}`, options);
    expect(response.status).toBe(200);
  }
  async snapshot(): Promise<number[]> {
    const response = await fetch(`http://127.0.0.1:${this.http}/snapshot.png?palette=iron`);
    const { data } = PNG.sync.read(Buffer.from(await response.arrayBuffer()));
    return [...data].filter((_, i) => i % 4 !== 3);
  }
  /** Times that the firmware has said it. */
  said(pattern: RegExp): number {
    return this.out.match(new RegExp(pattern, "g"))?.length ?? 0;
  }
}

const reason =
  missing("moddable") ?? missing("display") ?? (existsSync(MCSIM) ? undefined : "the SDK's mcsim is not built");

if (reason !== undefined) skipTest("the firmware in the SDK's simulator", reason);
else {
  let display: Display;
  let folder = "";
  let window: Window;
  let run: Run | undefined;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "tcam-mcsim-"));
    mkdirSync(SCREENSHOTS, { recursive: true });
    display = await Display.open();
    window = new Window(display);
  });
  afterAll(async () => {
    run?.kill();
    await display.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const data = (name: string): string => join(folder, name);

  describe("without xsbug", () => {
    let camera: Run;
    beforeAll(async () => {
      run = camera = new Run(display, data("camera"), "--no-xsbug", "--scene", "furnace");
      await camera.starts();
      await camera.prints(/first frame/);
      await window.appears();
    });

    test("the window shows the live picture, with the colours of the camera's own pictures", async () => {
      let differs = 255;
      await eventually(
        "the snapshot's pixels on the screen",
        async () => (differs = difference(await camera.snapshot(), window.picture())) < 6,
        () => `the mean difference is ${differs}`,
      );
      const levels = new Set(window.picture());
      expect(levels.size).toBeGreaterThan(50);
      display.look().save(join(SCREENSHOTS, "mcsim.png"));
    });

    test("the LED has the board's colour", async () => {
      await eventually("the LED's colour", async () => window.led() === (await camera.state()).led.color);
      expect(["red", "green", "yellow"]).toContain(window.led());
    });

    test("the LED blinks as on the board", async () => {
      await camera.post("/faults", { name: "missingVsync" });
      const seen: string[] = [];
      await eventually(
        "red, off, red, off, red",
        () => {
          const colour = window.led();
          if (colour !== seen.at(-1)) seen.push(colour);
          return /red,off,red,off,red/.test(seen.join());
        },
        () => seen.join(),
      );
      await camera.post("/faults", { name: "missingVsync", on: false });
      await eventually("the LED's colour", () => window.led() === "yellow");
    });

    test("the firmware detects a click on the button", async () => {
      const before = camera.said(/button: short press/);
      window.click(BUTTON);
      await eventually("a press in the log", () => camera.said(/button: short press/) > before);
    });

    test("the jumper and a reset select the other mode", async () => {
      window.click(SERIAL);
      await eventually("the jumper", async () => (await camera.state()).mode === "serial");
      await camera.post("/reset", {});
      await camera.prints(/serial port open/);
      await eventually("the LED's colour", () => window.led() === "green");
      await eventually("a picture", () => !window.isDark());
    });

    test("without power it is dark, and the power comes back", async () => {
      window.click(USB);
      await eventually("the power goes", async () => (await camera.state()).chip.state === "off");
      await eventually("everything is dark", () => window.led() === "off" && window.isDark());
      expect(window.colour({ x: SCREEN.left, y: SCREEN.top })).toBe(DARK);
      const before = camera.said(/started by power-on/);
      window.click(USB);
      await eventually("a start", () => camera.said(/started by power-on/) > before);
      await eventually("a picture", () => !window.isDark() && window.led() === "green");
    });

    test("Ctrl-C ends all that was started", async () => {
      expect(processesWith(camera.mark).length).toBeGreaterThan(2);
      camera.child.kill("SIGINT");
      expect((await camera.exit).code).toBe(0);
      await haveEnded(camera.mark);
    });
  });

  test("with xsbug: the end of mcsim ends board and xsbug too", async () => {
    const camera = (run = new Run(display, data("debugged")));
    await camera.starts();
    await window.appears();
    await eventually("frames", async () => (await camera.state()).lepton.frames > 0);
    expect(display.xdotool("search", "--onlyvisible", "--name", "^xsbug$")).toMatch(/\d/);
    window.quit();
    expect((await camera.exit).code).toBe(0);
    await haveEnded(camera.mark);
  });

  test("without a board the log says what to start, and the window stays", async () => {
    const environment: NodeJS.ProcessEnv = { ...process.env, DISPLAY: display.name, XDG_CONFIG_HOME: folder };
    delete environment.TCAM_BOARD;
    const alone = new Program(["stdbuf", "-oL", MCSIM, buildSimulators(), LIBRARY], {
      env: { ...environment, XSBUG_HOST: "127.0.0.1", XSBUG_PORT: "9" },
    });
    try {
      await alone.prints(/^no virtual board \(TCAM_BOARD is not set\): run `npm run mcsim`, .*$/m);
      await window.appears();
      expect(window.led()).toBe("off");
      expect(alone.child.exitCode).toBeNull();
    } finally {
      alone.kill();
      await alone.exit;
    }
  });
}
