// SPDX-License-Identifier: Apache-2.0
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ThermalImage } from "../../../tools/tcam/image";
import { ROUTES } from "../../../modules/web/routes";
import { testWith } from "../skipped";
import { wordsOf } from "./binary-image";
import { commentOf, download, get, Witness, withCamera } from "./files-rig";

function withFolder(work: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "tcam-files-"));
  try {
    work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Runs a program. @returns its output @throws Error when it fails */
function run(program: string, parameters: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, parameters, { encoding: "utf8", timeout: 60_000 });
  if (status !== 0) throw new Error(`${program}: ${error?.message ?? stderr}`);
  return stdout;
}

/** Counts of temperatures with two decimals at 0.01 K. */
function counts(temperatures: readonly string[]): Uint16Array {
  return Uint16Array.from(temperatures, (text) => {
    if (!/^-?\d+\.\d\d$/.test(text)) throw new Error(`no temperature with two decimals: ${text}`);
    return Math.round(Number(text) * 100) + 27_315;
  });
}

test("files without a library: each has the pixels of a frame that came after its request", () =>
  withCamera(async (camera) => {
    const witness = await Witness.open(camera);
    const frameOf = async (path: string, read: (body: Buffer) => Uint16Array): Promise<ThermalImage> => {
      const from = witness.images.length;
      return witness.withPixels(read(await download(camera, path)), from);
    };
    await witness.find(() => true);
    await frameOf("/image.raw", wordsOf);
    await frameOf("/image.csv", (body) => {
      const lines = body.toString().split("\n");
      expect([lines.length, lines.pop(), lines[0]?.split(",").length]).toEqual([121, "", 160]);
      return counts(lines.join().split(","));
    });
    await frameOf("/raw", (body) => {
      const { data, ...others } = JSON.parse(body.toString()) as { data: string };
      expect(others).toEqual({});
      return counts(data.split(","));
    });
    const tjsn = new ThermalImage((await download(camera, "/image.tjsn")).toString());
    const image = await witness.withPixels(tjsn.pixels);
    expect([...tjsn.telemetry]).toEqual([...image.telemetry]);
    expect(tjsn.metadata).toEqual(image.metadata);
    witness.close();
  }));

/** Prints pixels and texts of the files in a folder. */
const PYTHON = `
import json, sys, numpy
from PIL import Image
def pixels(array):
    assert array.shape == (120, 160), array.shape
    return array.astype("<u2").tobytes().hex()
folder = sys.argv[1]
tiff, png, palette = (Image.open(folder + "/" + name) for name in ("image.tiff", "image.png16", "snapshot.png"))
array = numpy.load(folder + "/image.npy")
assert array.dtype == numpy.dtype("<u2"), array.dtype
celsius = numpy.loadtxt(folder + "/image.csv", delimiter=",")
tags = {tag: str(value) for tag, value in tiff.tag_v2.items()}
print(json.dumps({
    "npy": pixels(array),
    "tiff": pixels(numpy.asarray(tiff)),
    "png16": pixels(numpy.asarray(png)),
    "csv": pixels(numpy.rint(celsius * 100 + 27315)),
    "entries": palette.tobytes().hex(),
    "colours": palette.getpalette("RGB"),
    "tags": tags,
    "png16 text": png.text["Description"],
    "png text": palette.text["Description"],
}))
`;

interface Read {
  readonly npy: string;
  readonly tiff: string;
  readonly png16: string;
  readonly csv: string;
  readonly entries: string;
  readonly colours: readonly number[];
  readonly tags: Readonly<Record<string, string>>;
  readonly "png16 text": string;
  readonly "png text": string;
}

testWith("numpy")("numpy and Pillow read the files, pixel for pixel, with the facts of the frame", () =>
  withCamera(async (camera) => {
    const witness = await Witness.open(camera);
    await witness.client.call("set_time", { sec: 12, min: 11, hour: 10, dow: 1, day: 29, mon: 11, year: 56 });
    const files: [name: string, body: Buffer][] = [];
    for (const name of ["image.npy", "image.tiff", "image.png16", "image.csv", "snapshot.png"])
      files.push([name, await download(camera, `/${name}`)]);
    let read: Read | undefined;
    withFolder((folder) => {
      for (const [name, body] of files) writeFileSync(join(folder, name), body);
      read = JSON.parse(run("/usr/bin/python3", ["-c", PYTHON, folder])) as Read;
    });
    if (!read) throw new Error("nothing was read");
    const frame = (hex: string): Promise<ThermalImage> => witness.withPixels(wordsOf(Buffer.from(hex, "hex")));
    for (const hex of [read.npy, read.tiff, read.png16, read.csv]) await frame(hex);

    for (const [image, text] of [
      [await frame(read.tiff), read.tags["270"]],
      [await frame(read.png16), read["png16 text"]],
    ] as const) {
      const { min, max } = image.range();
      expect(JSON.parse(text ?? "")).toEqual({
        unit: "celsius",
        scale: 0.01,
        min: (min - 27_315) / 100,
        max: (max - 27_315) / 100,
        emissivity: 1,
        time: `2026-11-29T${image.metadata.Time}`,
        sequence: expect.any(Number),
      });
    }
    expect(read.tags["305"]).toBe(`tCam-Mini ${witness.images[0]?.metadata.Version}`);
    expect(read.tags["306"]).toBe(`2026:11:29 ${(await frame(read.tiff)).metadata.Time.slice(0, 8)}`);

    const facts = JSON.parse(read["png text"]) as { time: string; range: [number, number] };
    const image = await witness.find(({ metadata }) => facts.time.endsWith(metadata.Time));
    const [low, high] = facts.range.map((value) => Math.round(value * 100 + 27_315)) as [number, number];
    // The firmware divides in fixed point: at a half it may round the other way.
    const entries = Buffer.from(read.entries, "hex");
    const far = [...image.pixels].filter((value, i) => {
      const position = (Math.min(Math.max(value - low, 0), high - low) * 255) / (high - low);
      return Math.abs(position - (entries[i] ?? 0)) > 0.55;
    });
    expect([entries.length, far]).toEqual([19_200, []]);
    expect(read.colours.length).toBe(768);
    witness.close();
  }),
);

testWith("exiftool")("exiftool reads size, comment and description, and finds no fault", () =>
  withCamera(async (camera) => {
    const bodies: [string, Buffer][] = [];
    for (const path of ["snapshot.jpg", "snapshot.jpg?scale=2&quality=95", "image.tiff", "image.png16"])
      bodies.push([path, await download(camera, `/${path}`)]);
    withFolder((folder) => {
      const names = bodies.map(([path, body], i) => {
        const name = join(folder, `${i}.${path.replace(/\?.*|16$|^.*\./g, "")}`);
        writeFileSync(name, body);
        return name;
      });
      const tags = JSON.parse(run("exiftool", ["-json", "-all", "-validate", ...names])) as Record<string, unknown>[];
      expect(tags.map((one) => one["ImageSize"])).toEqual(["160x120", "320x240", "160x120", "160x120"]);
      expect(tags.map((one) => one["Validate"])).toEqual(["OK", "OK", expect.any(String), "OK"]);
      expect(tags[0]?.["YCbCrSubSampling"]).toBe("YCbCr4:2:0 (2 2)");
      for (const text of [tags[0]?.["Comment"], tags[2]?.["ImageDescription"], tags[3]?.["Description"]])
        expect(JSON.parse(text as string)).toMatchObject({ unit: "celsius", emissivity: 1 });
    });
  }),
);

/** The grey values of a PGM or PPM of 8 bits. */
function readPNM(bytes: Buffer): { width: number; height: number; samples: Buffer } {
  const [head = "", width = "", height = ""] = /^P[56]\s+(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString("latin1")) ?? [];
  return { width: Number(width), height: Number(height), samples: bytes.subarray(head.length) };
}

/** The 256 colours of a PNG. */
function paletteOf(png: Buffer): Buffer {
  const at = png.indexOf("PLTE") + 4;
  return png.subarray(at, at + 768);
}

testWith("djpeg")("a snapshot at quality 80 is within 40 dB of the frame's luma, as djpeg decodes it", () =>
  withCamera(
    async (camera) => {
      const witness = await Witness.open(camera);
      for (const palette of ["iron", "white", "rainbow"]) {
        const colours = paletteOf(await download(camera, `/snapshot.png?palette=${palette}`));
        const jpeg = await download(camera, `/snapshot.jpg?palette=${palette}`);
        const facts = commentOf(jpeg) as { time: string; min: number; max: number; range: [number, number] };
        const image = await witness.find(({ metadata }) => facts.time.endsWith(metadata.Time));
        const { min, max } = image.range();
        expect([facts.min, facts.max]).toEqual([(min - 27_315) / 100, (max - 27_315) / 100]);
        const decoded = spawnSync("djpeg", ["-grayscale", "-pnm"], { input: jpeg });
        expect(decoded.stderr.toString()).toBe("");
        const { width, height, samples } = readPNM(decoded.stdout);
        expect([width, height]).toEqual([160, 120]);
        const [low, high] = facts.range.map((value) => Math.round(value * 100 + 27_315)) as [number, number];
        let error = 0;
        image.pixels.forEach((value, i) => {
          const entry = Math.round((Math.min(Math.max(value - low, 0), high - low) * 255) / (high - low));
          const [red = 0, green = 0, blue = 0] = colours.subarray(3 * entry);
          error += (0.299 * red + 0.587 * green + 0.114 * blue - (samples[i] ?? 0)) ** 2;
        });
        const ratio = 10 * Math.log10((255 * 255 * samples.length) / error);
        expect(`${palette} ${ratio >= 40 ? "40 dB" : ratio}`).toBe(`${palette} 40 dB`);
      }
      const double = spawnSync("djpeg", ["-pnm"], { input: await download(camera, "/snapshot.jpg?scale=2") });
      expect(double.stderr.toString()).toBe("");
      expect(readPNM(double.stdout)).toMatchObject({ width: 320, height: 240 });
      witness.close();
    },
    { scene: join(__dirname, "../../fixtures/lepton35-agc-off.tjsn") },
  ),
);

testWith("djpeg")("an overlay marks the warmest pixel of the frame in red and the coldest in blue", () =>
  withCamera(async (camera) => {
    const witness = await Witness.open(camera);
    for (const scale of [1, 2]) {
      const jpeg = await download(camera, `/snapshot.jpg?overlay=1&palette=white&quality=95&scale=${scale}`);
      const { time } = commentOf(jpeg) as { time: string };
      const image = await witness.find(({ metadata }) => time.endsWith(metadata.Time));
      const decoded = spawnSync("djpeg", ["-pnm"], { input: jpeg });
      expect(decoded.stderr.toString()).toBe("");
      const { width, samples } = readPNM(decoded.stdout);
      const { min, max } = image.range();
      // Only marks have a colour in a picture of greys.
      for (const [value, strong, weak] of [
        [max, 0, 2],
        [min, 2, 0],
      ] as const) {
        const at = image.pixels.indexOf(value);
        const coloured: number[] = [];
        for (let i = 0; i < samples.length; i += 3)
          if ((samples[i + strong] ?? 0) - (samples[i + weak] ?? 0) > 80) coloured.push(i / 3);
        expect(coloured.length).toBeGreaterThan(8);
        const middle = (position: (pixel: number) => number): number =>
          coloured.reduce((sum, pixel) => sum + position(pixel), 0) / coloured.length / scale;
        expect(Math.abs(middle((pixel) => pixel % width) - (at % 160))).toBeLessThan(2);
        expect(Math.abs(middle((pixel) => Math.floor(pixel / width)) - Math.floor(at / 160))).toBeLessThan(2);
      }
    }
    witness.close();
  }),
);

test("the firmware knows every palette of the route table", () =>
  withCamera(async (camera) => {
    const palettes = new Set<string>();
    for (const palette of ROUTES.snapshotPng.query.palette.values)
      palettes.add(paletteOf(await download(camera, `/snapshot.png?palette=${palette}`)).toString("hex"));
    expect(palettes.size).toBe(ROUTES.snapshotPng.query.palette.values.length);
  }));

test("the range of a query is that of the picture, in °C; a wrong value is refused", () =>
  withCamera(async (camera) => {
    const range = (jpeg: Buffer): unknown => commentOf(jpeg)["range"];
    expect(range(await download(camera, "/snapshot.jpg?min=10.5&max=40"))).toEqual([10.5, 40]);
    expect(range(await download(camera, "/api/image/current?max=40&min=-10&imgformat=JPEG"))).toEqual([-10, 40]);
    const wrong = ["palette=grey", "scale=3", "scale=1.5", "quality=0", "quality=96", "min=cold", "max=70000"];
    for (const query of wrong) {
      const { status, body } = await get(camera, `/snapshot.jpg?${query}`);
      const { error } = JSON.parse(body.toString()) as { error: string };
      expect([query, status, error.startsWith(query.replace(/=.*/, ""))]).toEqual([query, 400, true]);
    }
  }));

test("with AGC files have counts and say so, and there are no temperatures for Thermal Vision", () =>
  withCamera(async (camera) => {
    const witness = await Witness.open(camera);
    await witness.client.call("set_config", { agc_enabled: 1 });
    await witness.find(({ agc }) => agc);
    const refused = await get(camera, "/raw");
    expect([refused.status, JSON.parse(refused.body.toString())]).toEqual([
      409,
      { error: "the frame has no temperatures, as with AGC" },
    ]);
    const csv = (await download(camera, "/image.csv")).toString().trim().split(/[,\n]/);
    const image = await witness.withPixels(Uint16Array.from(csv, Number));
    expect([image.agc, csv.every((text) => /^\d{1,3}$/.test(text))]).toEqual([true, true]);
    const facts = commentOf(await download(camera, "/snapshot.jpg"));
    expect(facts).toMatchObject({ unit: "count" });
    expect(facts).not.toHaveProperty("scale");
    expect((await download(camera, "/image.tiff")).toString("latin1")).toContain('{"unit":"count","min":');
    witness.close();
  }));

test("without frames requests fail with the camera's reason, and work again when the sensor does", () =>
  withCamera(async (camera) => {
    const { faults } = camera.board.lepton;
    faults.set("missingVsync", {});
    const answers = await Promise.all(
      ["/snapshot.jpg", "/snapshot.png", "/image.tjsn", "/raw"].map((path) => get(camera, path)),
    );
    for (const { status, headers, body } of answers)
      expect([status, headers["retry-after"], JSON.parse(body.toString())]).toEqual([
        503,
        "1",
        { error: expect.stringMatching(/Lepton/) },
      ]);
    expect((await get(camera, "/stream.mjpg")).status).toBe(503);
    faults.clear("missingVsync");
    let status = 503;
    while (status === 503) ({ status } = await get(camera, "/snapshot.jpg"));
    expect(status).toBe(200);
  }));
