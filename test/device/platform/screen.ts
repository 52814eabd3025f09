// SPDX-License-Identifier: Apache-2.0
/** A display without a monitor (Xvfb), its pixels, and a pointer on it (xdotool). */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PNG } from "pngjs";
import { Program } from "../../program";

export type Colour = readonly [red: number, green: number, blue: number];

/** Pixels of the display at one moment. */
export class Screenshot {
  readonly width: number;
  readonly height: number;
  readonly #bytes: Buffer;
  readonly #start: number;
  readonly #stride: number;

  /** @param xwd a dump in the format of `xwd`: a header of big-endian words, a colour map, rows of blue, green, red, unused */
  constructor(xwd: Buffer) {
    const word = (index: number): number => xwd.readUInt32BE(4 * index);
    this.width = word(4);
    this.height = word(5);
    this.#stride = word(12);
    const colours = word(19);
    this.#start = word(0) + 12 * colours;
    this.#bytes = xwd;
  }

  at(x: number, y: number): Colour {
    const at = this.#start + y * this.#stride + 4 * x;
    const [blue = 0, green = 0, red = 0] = this.#bytes.subarray(at, at + 3);
    return [red, green, blue];
  }

  /** The smallest rectangle around all pixels of a colour. */
  find([red, green, blue]: Colour): { left: number; top: number; width: number; height: number } | undefined {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let y = 0; y < this.height; y++)
      for (let x = 0; x < this.width; x++) {
        const [r, g, b] = this.at(x, y);
        if (r !== red || g !== green || b !== blue) continue;
        [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
      }
    return right < left ? undefined : { left, top, width: right - left + 1, height: bottom - top + 1 };
  }

  save(path: string): void {
    const { width, height } = this;
    const png = new PNG({ width, height, colorType: 2 });
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++) png.data.set([...this.at(x, y), 255], 4 * (y * width + x));
    writeFileSync(path, PNG.sync.write(png));
  }
}

export class Display {
  readonly #server: Program;
  readonly #folder: string;
  /** As in the variable DISPLAY. */
  readonly name: string;

  private constructor(server: Program, folder: string, name: string) {
    this.#server = server;
    this.#folder = folder;
    this.name = name;
  }

  static async open(width = 1280, height = 900): Promise<Display> {
    const folder = mkdtempSync(join(tmpdir(), "tcam-display-"));
    const size = `${width}x${height}x24`;
    const server = new Program(["Xvfb", "-displayfd", "1", "-screen", "0", size, "-nolisten", "tcp", "-fbdir", folder]);
    const [, number] = await server.prints(/(\d+)\n/);
    return new Display(server, folder, `:${number}`);
  }

  look(): Screenshot {
    return new Screenshot(readFileSync(join(this.#folder, "Xvfb_screen0")));
  }

  /** Runs xdotool. @returns its output */
  xdotool(...args: (string | number)[]): string {
    const env = { ...process.env, DISPLAY: this.name };
    return execFileSync("xdotool", args.map(String), { encoding: "utf8", env });
  }

  async close(): Promise<void> {
    this.#server.child.kill("SIGTERM");
    await this.#server.exit;
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
