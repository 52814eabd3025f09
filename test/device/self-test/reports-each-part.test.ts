// SPDX-License-Identifier: Apache-2.0
/** The self-test on the virtual board: a line for each part, and a fault for each line. */
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { SELF_TEST_MAIN } from "../../../tools/self-test";

/** Milliseconds of board time for all checks. */
const LIMIT = 60_000;
const COUNT = /^(\d+) PASS, (\d+) FAIL, (\d+) SKIP$/;

/** Runs the self-test from power-on. @returns its lines */
async function selfTest(work: {
  /** Called without power. */
  before?: (camera: VirtualCamera) => void;
  /** Called with power, before time passes. */
  after?: (camera: VirtualCamera) => void;
  /** Called after each line. */
  line?: (text: string, camera: VirtualCamera) => void;
  /** Called at the end, with power. */
  end?: (camera: VirtualCamera) => void;
}): Promise<string[]> {
  const camera = await VirtualCamera.start({ main: SELF_TEST_MAIN, control: undefined, speed: "stepped" });
  try {
    await camera.board.powerOff();
    const lines: string[] = [];
    camera.board.journal.lines.subscribe(({ part, text }) => {
      if (part !== "firmware") return;
      lines.push(text);
      work.line?.(text, camera);
    });
    work.before?.(camera);
    await camera.board.powerOn();
    work.after?.(camera);
    await camera.until("the self-test ends", () => lines.some((line) => COUNT.test(line)), LIMIT);
    await camera.advance(10);
    work.end?.(camera);
    return lines;
  } finally {
    await camera.stop();
  }
}

const failures = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("FAIL "));
const skips = (lines: readonly string[]): string[] => lines.filter((line) => line.startsWith("SKIP "));

test("on a good board every check passes, the LED is green, and no partition is changed", async () => {
  const content = Buffer.alloc(2 << 20, 0x5a);
  const flash = ({ board }: VirtualCamera): Buffer[] =>
    (["otadata", "factory", "ota_0", "ota_1"] as const).map((label) => {
      const partition = board.flash.partition(label);
      return partition.read(0, partition.size);
    });
  let before: Buffer[] = [];
  let after: Buffer[] = [];
  let led = "";
  const lines = await selfTest({
    before: (camera) => {
      camera.board.flash.partition("ota_0").flashByCable(content);
      before = flash(camera);
    },
    line: (text, { board }) => {
      if (text.startsWith("press the button")) void board.press(300);
    },
    end: (camera) => {
      after = flash(camera);
      led = camera.board.led.color;
    },
  });
  const results = lines.filter((line) => /^(PASS|FAIL|SKIP) /.test(line));
  expect(results).toEqual([
    "PASS PSRAM: 4.0 MB, 0 wrong words (at least 2 MB, 0 wrong words)",
    "PASS flash: 64 KB of the inactive slot, 0 wrong bytes (0 wrong bytes)",
    "PASS mode input: high: WiFi (one level: high without the jumper, low with it)",
    "PASS I2C at 0x2A: acknowledged (acknowledged)",
    "PASS CCI ping: result 0 (result 0)",
    "PASS CCI part number: 500-0771-01 (500-0771, 500-0758, 500-0726)",
    expect.stringMatching(/^PASS CCI serial number: 0x[0-9a-f]{16} \(not 0\)$/),
    "PASS CCI settings: read back as written (read back as written)",
    expect.stringMatching(/^PASS VSYNC: 10[45]\.\d Hz \(104 to 107 Hz\)$/),
    expect.stringMatching(/^PASS SPI at 16 MHz: 0 packets with bit errors, \d+ frames \(0 packets/),
    expect.stringMatching(/^PASS SPI at 20 MHz: 0 packets with bit errors, \d+ frames \(0 packets/),
    "PASS LED red: 1010 (1010)",
    "PASS LED green: 0110 (0110)",
    expect.stringMatching(/^PASS button: pressed for 0\.[234] s \(pressed and released\)$/),
  ]);
  expect(lines.at(-2)).toContain("`npm run deploy`");
  expect(lines.at(-1)).toBe("14 PASS, 0 FAIL, 0 SKIP");
  expect(led).toBe("green");
  expect(after.map((bytes, i) => bytes.equals(before[i] as Buffer))).toEqual([true, true, true, true]);
});

type Work = Parameters<typeof selfTest>[0];
const fault = (...setting: Parameters<VirtualCamera["board"]["lepton"]["faults"]["set"]>): Work => ({
  after: ({ board }) => board.lepton.faults.set(...setting),
});

/** Name, what is wrong, and the lines that report it. */
const FAULTS: readonly (readonly [string, Work, readonly RegExp[]])[] = [
  [
    "a sensor without power",
    { after: ({ board }) => board.lepton.power(false) },
    [/^FAIL I2C at 0x2A: not acknowledged, no address answers \(acknowledged\)$/],
  ],
  [
    "a sensor at another I2C address",
    fault("i2cAddress", { value: 0x2b }),
    [/^FAIL I2C at 0x2A: not acknowledged, 0x2B answers \(acknowledged\)$/],
  ],
  ["a rejected ping", fault("commandRejected", { command: 0x0202, count: 1 }), [/^FAIL CCI ping: result -11 /]],
  ["no part number", fault("commandRejected", { command: 0x481c, count: 1 }), [/^FAIL CCI part number: result -11 /]],
  ["no serial number", fault("commandRejected", { command: 0x0208 }), [/^FAIL CCI serial number: result -11 /]],
  [
    "a setting that is rejected",
    fault("commandRejected", { command: 0x4855 }),
    [/^FAIL CCI settings: CCI SET OEM GPIO mode .*-11.* \(read back as written\)$/],
  ],
  ["no VSYNC", fault("missingVsync"), [/^FAIL VSYNC: 0\.0 Hz \(104 to 107 Hz\)$/]],
  [
    "bit errors on the SPI bus",
    fault("bitErrors", { probability: 0.001 }),
    [
      /^FAIL SPI at 16 MHz: [1-9]\d* packets with bit errors, /,
      /^FAIL SPI at 20 MHz: [1-9]\d* packets with bit errors, /,
    ],
  ],
  [
    "bit errors at 20 MHz only",
    {
      line: (text, { board }) => {
        if (text.startsWith("PASS SPI at 16 MHz")) board.lepton.faults.set("bitErrors", { probability: 0.001 });
      },
    },
    [/^FAIL SPI at 20 MHz: [1-9]\d* packets with bit errors, /],
  ],
  [
    "a dead SPI bus",
    fault("zeroBus"),
    [
      /^FAIL SPI at 16 MHz: 0 packets with bit errors, 0 frames /,
      /^FAIL SPI at 20 MHz: 0 packets with bit errors, 0 frames /,
    ],
  ],
  [
    "a stuck bit in the PSRAM",
    { before: ({ board }) => (board.psram = { bytes: 4 << 20, stuckByte: 1_234_567 }) },
    [/^FAIL PSRAM: 4\.0 MB, 1 wrong words /],
  ],
  ["no PSRAM", { before: ({ board }) => (board.psram = { bytes: 0 }) }, [/^FAIL PSRAM: no PSRAM /]],
  [
    "a worn sector of the flash",
    { before: ({ board }) => (board.flash.partition("ota_0").wornSector = 511) },
    [/^FAIL flash: 64 KB of the inactive slot, \d{4} wrong bytes \(0 wrong bytes\)$/],
  ],
  [
    "a red LED that is shorted to ground",
    { before: ({ board }) => board.short("ledRed", 0) },
    [/^FAIL LED red: 0000 \(1010\)$/],
  ],
  [
    "a green LED that is always on",
    { before: ({ board }) => board.short("ledGreen", 1) },
    [/^FAIL LED green: 1111 \(0110\)$/],
  ],
  ["a button that stays down", { after: ({ board }) => (board.buttonDown = true) }, [/^FAIL button: not released /]],
  [
    "a mode input with a loose jumper",
    {
      after: ({ board }) => {
        const toggle = (): void => {
          board.mode = board.mode === "wifi" ? "serial" : "wifi";
          board.clock.alarm(board.clock.now() + 35_000, toggle);
        };
        toggle();
      },
    },
    [/^FAIL mode input: high in [1-9]\d* of 20 samples /],
  ],
];

test.each(FAULTS)("%s fails its check, and no other", async (_name, work, expected) => {
  const lines = await selfTest(work);
  expect(failures(lines)).toEqual(expected.map((line) => expect.stringMatching(line)));
  const [, , failed] = COUNT.exec(lines.at(-1) ?? "") ?? [];
  expect(Number(failed)).toBe(expected.length);
});

test("checks that need a part that failed are skipped with the reason, and the LED is red", async () => {
  let led = "";
  const lines = await selfTest({
    after: ({ board }) => board.lepton.power(false),
    end: ({ board }) => (led = board.led.color),
  });
  expect(skips(lines)).toEqual([
    "SKIP VSYNC: the sensor is not set up",
    "SKIP SPI at 16 MHz: no VSYNC",
    "SKIP SPI at 20 MHz: no VSYNC",
    "SKIP button: not pressed within 10 s",
  ]);
  expect(lines.at(-1)).toBe("5 PASS, 1 FAIL, 4 SKIP");
  expect(led).toBe("red");
});

test("with the jumper the mode input reads low", async () => {
  const lines = await selfTest({ before: ({ board }) => (board.mode = "serial") });
  expect(lines).toContain("PASS mode input: low: hardware interface (one level: high without the jumper, low with it)");
});
