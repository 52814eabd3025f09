// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import {
  checkCounterImage,
  parseRecording,
  RecordingError,
  replayScene,
  SCENE_NAMES,
  sceneByName,
} from "../../../simulator/lepton";
import type { Scene } from "../../../simulator/lepton";
import { CounterScene } from "../../../simulator/lepton/scene/counter";
import { RoomScene } from "../../../simulator/lepton/scene/room";
import { Rig, uniform } from "./rig";
import type { Image } from "./rig";

const FIXTURE = readFileSync(`${__dirname}/../../fixtures/lepton35-agc-off.tjsn`, "utf8");

test("scenes are made by name", () => {
  expect(SCENE_NAMES).toEqual(["default", "counter", "furnace"]);
  for (const name of SCENE_NAMES) expect(sceneByName(name)?.name).toBe(name);
  expect(sceneByName("toString")).toBeUndefined();
});

describe("default scene", () => {
  const scene = new RoomScene(1);
  const at = (us: number): Float32Array => {
    const kelvin = new Float32Array(19200);
    scene.render(us, kelvin);
    return kelvin;
  };

  test("lies between 14 and 40 °C, and reaches both at any time", () => {
    for (let us = 0; us < 16_000_000; us += 700_000) {
      const kelvin = at(us);
      expect(Math.min(...kelvin) - 273.15).toBeCloseTo(14, 1);
      expect(Math.max(...kelvin) - 273.15).toBeCloseTo(40, 1);
    }
  });

  test("moves from frame to frame", () => {
    const changed = (us: number): number => {
      const [a, b] = [at(us), at(us + 113_963)];
      return a.reduce((count, kelvin, i) => count + (Math.abs(kelvin - (b[i] as number)) > 0.1 ? 1 : 0), 0);
    };
    for (let us = 500_000; us < 15_000_000; us += 1_300_000) expect(changed(us)).toBeGreaterThan(50);
  });

  test("no packet of a frame is flat, and no two are the same", () => {
    const rig = new Rig().start();
    for (const image of rig.read(3)) {
      const packets = Array.from({ length: 240 }, (_, i) => image.words.subarray(i * 80, i * 80 + 80).join());
      expect(new Set(packets).size).toBe(240);
      for (const packet of packets) expect(new Set(packet.split(",")).size).toBeGreaterThan(3);
    }
  });
});

describe("counter scene", () => {
  test("carries the frame counter in every packet, through CCI settings of all kinds", () => {
    const rig = new Rig({ scene: "counter" }).start();
    const check = (agc: boolean): void => {
      const image = rig.readOne();
      expect(checkCounterImage(image.words, agc)).toEqual({
        whole: true,
        frame: (image.telemetry[20] as number) & (agc ? 0xff : 0x3fff),
      });
    };
    rig.readOne();
    check(false);
    rig.set(0x4ec1, [0, 0]);
    rig.readOne();
    check(false);
    rig.set(0x0101, [1, 0]);
    rig.readOne();
    check(true);
  });

  test("a word of another frame is found at any place, which the error names", () => {
    const scene = new CounterScene();
    const [a, b] = [new Uint16Array(19200), new Uint16Array(19200)];
    scene.words(41, a, 16);
    scene.words(42, b, 16);
    expect(checkCounterImage(a)).toEqual({ whole: true, frame: 41 });
    for (const packet of [0, 1, 60, 61, 130, 239]) {
      const torn = a.slice();
      torn.set(b.subarray(packet * 80, packet * 80 + 80), packet * 80);
      const result = checkCounterImage(torn);
      expect(result.whole).toBe(false);
    }
    const torn = a.slice();
    torn.set(b.subarray(61 * 80, 122 * 80), 61 * 80);
    expect(checkCounterImage(torn)).toEqual({
      whole: false,
      error:
        "row 30 column 80, image packet 61, segment 2 packet 0 (footer): 42 in place of 41 of frame 41; this packet carries frame 42",
    });
    expect(checkCounterImage(a.subarray(1)).whole).toBe(false);
  });

  test("no packet is flat, no two of a frame are the same, none is the same in the next frame", () => {
    for (const bits of [14, 8] as const) {
      const packets = (frame: number): string[] => {
        const words = new Uint16Array(19_200);
        new CounterScene().words(frame, words, bits);
        return Array.from({ length: 240 }, (_, n) => words.subarray(n * 80, (n + 1) * 80).join());
      };
      const all = packets(9);
      expect(new Set(all).size).toBe(240);
      for (const words of all) expect(new Set(words.split(",")).size).toBeGreaterThan(10);
      const next = packets(10);
      expect(all.some((words, n) => words === next[n])).toBe(false);
    }
  });
});

test("the furnace switches automatic gain to low and back", () => {
  const rig = new Rig({ scene: "furnace", startupFfcUs: 1_150_000 }).boot();
  rig.set(0x0249, [2, 0]);
  rig.clock.advanceTo(18_000_000);
  expect(rig.part.state().gain.effective).toBe("high");
  rig.clock.advanceTo(30_000_000);
  expect(rig.part.state().gain.effective).toBe("low");
  rig.clock.advanceTo(50_000_000);
  expect(rig.part.state().gain.effective).toBe("high");
});

describe("replay", () => {
  const recording = parseRecording(FIXTURE);
  const recordedImage = JSON.parse(FIXTURE) as { radiometric: string; telemetry: string };
  const base64 = (words: Uint16Array): string =>
    Buffer.from(words.buffer, words.byteOffset, words.byteLength).toString("base64");

  test("delivers exactly the recorded pixels, frame after frame", () => {
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).start();
    for (const image of rig.read(3)) expect(base64(image.words)).toBe(recordedImage.radiometric);
  });

  test("delivers the recorded telemetry except counters and times", () => {
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).start();
    const own = new Set([1, 2, 20, 21, 30, 31]);
    const [a, b] = rig.read(2) as [Image, Image];
    for (let i = 0; i < 240; i++) if (!own.has(i)) expect([i, b.telemetry[i]]).toEqual([i, recording.telemetry[i]]);
    expect(b.telemetry[20]).toBe((a.telemetry[20] as number) + 1);
  });

  test("does so also with AGC on and TLinear off", () => {
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).start();
    rig.set(0x4ec1, [0, 0]);
    rig.set(0x0101, [1, 0]);
    rig.readOne();
    expect(base64(rig.readOne().words)).toBe(recordedImage.radiometric);
  });

  test("logs once each setting that a recording does not show, and no other", () => {
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).start();
    const lines = (): string[] => rig.log.splice(0).filter((line) => line.includes("recording"));
    lines();
    const flux = rig.get(0x4ebc, 8);
    rig.set(0x4ebd, flux); // the present value
    rig.set(0x0149, [1, 0]); // AGC calculation: no pixel depends on it
    expect(lines()).toEqual([]);
    rig.set(0x4ebd, [8000, ...flux.slice(1)]);
    rig.set(0x0249, [2, 0]);
    rig.set(0x4ecd, [59, 70, 60, 71]);
    rig.set(0x4ec1, [0, 0]);
    rig.set(0x0101, [1, 0]);
    const names = [
      "RAD Flux Linear Parameters",
      "SYS Gain Mode",
      "RAD Spotmeter ROI",
      "RAD TLinear Enable",
      "AGC Enable",
    ];
    const words = "was set, but the scene is a recording: its pixels and telemetry stay as they were recorded";
    expect(lines()).toEqual(names.map((name) => `${name} ${words}`));
    expect(() => rig.set(0x0101, [2, 0])).toThrow();
    rig.set(0x0101, [0, 0]);
    rig.set(0x0249, [0, 0]);
    expect(lines()).toEqual([]); // each setting once is enough
    rig.part.scene = new CounterScene();
    rig.set(0x0101, [0, 0]);
    expect(lines()).toEqual([]);
  });

  describe("values that CCI computes from a picture follow the recording's telemetry, not the settings", () => {
    const SPOT = [29487, 29500, 29481, 4];

    /** The fixture with other settings: `change` edits telemetry and returns the words. */
    const recorded = (change: (telemetry: Uint16Array) => Uint16Array): Scene => {
      const telemetry = recording.telemetry.slice();
      const words = change(telemetry);
      return replayScene(JSON.stringify({ radiometric: base64(words), telemetry: base64(telemetry) }), "changed");
    };
    const withAgc = recorded((telemetry) => {
      telemetry[3] = 0x1830;
      telemetry[208] = 0;
      return recording.pixels.map((word) => Math.min(255, (word - 27500) / 25));
    });
    const inTenths = recorded((telemetry) => {
      telemetry[209] = 0;
      telemetry.set([2949, 2950, 2948], 210);
      return recording.pixels.map((word) => Math.round(word / 10));
    });
    const AGC_ON: [number, number[]] = [0x0101, [1, 0]];
    const TLINEAR_OFF: [number, number[]] = [0x4ec1, [0, 0]];
    const IN_TENTHS: [number, number[]] = [0x4ec5, [0, 0]];

    test.each<[string, Scene, [number, number[]][], number[]]>([
      ["recorded in kelvin", replayScene(FIXTURE, "fixture"), [], SPOT],
      ["recorded in kelvin, AGC on now", replayScene(FIXTURE, "fixture"), [AGC_ON], SPOT],
      ["recorded in kelvin, counts now", replayScene(FIXTURE, "fixture"), [TLINEAR_OFF], SPOT],
      ["recorded in kelvin, 0.1 K now", replayScene(FIXTURE, "fixture"), [IN_TENTHS], SPOT],
      ["recorded with AGC", withAgc, [], SPOT],
      ["recorded with AGC, AGC on now", withAgc, [AGC_ON], SPOT],
      ["recorded in 0.1 K", inTenths, [], [2949, 2950, 2948, 4]],
    ])("%s", (_name, scene, settings, spot) => {
      const rig = new Rig({ scene }).start();
      for (const [command, data] of settings) rig.set(command, data);
      rig.readOne();
      rig.readOne();
      expect(rig.get(0x4ed0, 4)).toEqual(spot);
      rig.set(0x4ecd, [0, 0, 119, 159]);
      expect(rig.get(0x4ed0, 4)).toEqual(spot);
      rig.readOne();
      expect(rig.get(0x4ed0, 4)).toEqual(spot);
      // The recording was made with emissivity 0.98: its telemetry says 3241, black bodies of its temperatures give 3246.
      const [frameMean = 0] = rig.get(0x484c, 1);
      expect(Math.abs(frameMean - 3243)).toBeLessThan(4);
    });

    test("after a recording the settings take effect again", () => {
      const rig = new Rig({ scene: withAgc }).start();
      rig.readOne();
      rig.part.scene = uniform(300);
      rig.read(2);
      expect(Math.abs((rig.get(0x4ed0, 4)[0] as number) - 30000)).toBeLessThan(100);
    });
  });

  test("the log says once for each recording that settings do not change it", () => {
    const line =
      'scene "fixture" is a recording: its pixels and telemetry are sent as they are, no setting changes them';
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).boot();
    expect(rig.log).toEqual(["out of reset", line]);
    rig.part.reset(true);
    rig.part.reset(false);
    expect(rig.log).toEqual(["out of reset", line, "out of reset"]);
    rig.log.length = 0;
    for (const name of SCENE_NAMES) rig.part.scene = sceneByName(name) as Scene;
    expect(rig.log).toEqual([]);
    rig.part.scene = replayScene(FIXTURE, "fixture");
    expect(rig.log).toEqual([line]);
  });

  test("the recording's frame mean equals the emulator's value for these pixels", () => {
    const rig = new Rig({ scene: replayScene(FIXTURE, "fixture") }).start();
    rig.readOne();
    // The recording had emissivity 0.98; its pixels are object temperatures.
    expect(Math.abs(rig.part.imager.meanCounts - 3245.9)).toBeLessThan(1.5);
  });

  const wrongRadiometric = recordedImage.radiometric.slice(0, 400);
  test.each([
    ["nothing", "", /^not JSON/],
    ["the delimiters of a message", "\x02{}\x03", /^not JSON/],
    ["a list", "[]", /JSON object/],
    ["null", "null", /JSON object/],
    ["a number", "7", /JSON object/],
    ["an empty object", "{}", /radiometric is missing/],
    ["no telemetry", JSON.stringify({ radiometric: recordedImage.radiometric }), /telemetry is missing/],
    ["pixels as a number", JSON.stringify({ radiometric: 5, telemetry: recordedImage.telemetry }), /radiometric must be a string/],
    ["other text", JSON.stringify({ radiometric: "äöü?", telemetry: recordedImage.telemetry }), /radiometric is not base64/],
    ["few pixels", JSON.stringify({ ...recordedImage, radiometric: wrongRadiometric }), /radiometric holds 300 bytes, expected 38400/],
    ["pixels as telemetry", JSON.stringify({ ...recordedImage, telemetry: recordedImage.radiometric }), /telemetry holds 38400 bytes, expected 480/],
  ])("refuses %s", (_name, text, reason) => {
    expect(() => parseRecording(text)).toThrow(RecordingError);
    expect(() => parseRecording(text)).toThrow(reason);
  }); // prettier-ignore
});
