// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { checkedImage, TransferError } from "../../../tools/pi-host/checked-image";
import { type Fetch, type HostCamera, SPI_HZ } from "../../../tools/pi-host/host-camera";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { seededRandom } from "../../../simulator/lepton";
import { wholeFrame } from "../camera/rig";
import { pass } from "../board-time";
import { within } from "../board-time";
import { wiredRandomTest } from "./rig";

const TRANSFERS = 1_000;
const SEED = 5;
/** Milliseconds of board time without an announcement: the camera hangs. */
const SILENCE = 120_000;

/** How often each of these happens, in thousandths. */
const SHARES = {
  exact: 250,
  rounded: 250,
  long: 100,
  bitError: 100,
  burst: 60,
  short: 40,
  shortThenWhole: 60,
  twoReads: 40,
  late: 40,
  tooLate: 30,
  never: 30,
} as const;
type Kind = keyof typeof SHARES;

function choose(random: () => number): Kind {
  let left = random() * 1_000;
  for (const kind of Object.keys(SHARES) as Kind[]) {
    left -= SHARES[kind];
    if (left < 0) return kind;
  }
  return "never";
}

/** A host that does such a thing, given random numbers below 1. */
function misbehave(device: VirtualCamera, kind: Kind, random: () => number): Fetch {
  const below = (limit: number): number => Math.floor(random() * limit);
  const numbers = {
    first: below(50_000),
    more: 1 + below(20_000),
    wait: below(900),
    at: below(51_000),
    fill: below(2),
  };
  const { hostSpi } = device.board;
  return async (bus, announced) => {
    const read = (count: number): Promise<Buffer> => bus.transfer(count, SPI_HZ);
    switch (kind) {
      case "exact":
        return read(announced);
      case "rounded":
        return read(Math.ceil(announced / 4) * 4);
      case "long":
        return read(announced + numbers.more);
      case "bitError":
        hostSpi.bitErrors = 1;
        return read(announced).finally(() => (hostSpi.bitErrors = 0));
      case "burst": // the line is stuck for a while
        return (await read(announced)).fill(
          255 * numbers.fill,
          numbers.at,
          Math.min(numbers.at + numbers.more, announced),
        );
      case "short":
        return read(numbers.first);
      case "shortThenWhole":
        await read(numbers.first);
        await pass(device, 50);
        return read(announced);
      case "twoReads":
        return Buffer.concat([await read(numbers.first), await read(announced - numbers.first)]);
      case "late":
        await pass(device, numbers.wait);
        return read(announced);
      case "tooLate":
        await pass(device, 1_000 + numbers.wait);
        return read(announced);
      case "never":
        return Buffer.alloc(0);
    }
  };
}

interface Outcome {
  readonly kind: Kind;
  /** Number of the frame that came, if one did. */
  readonly frame: number | undefined;
}

/** Answers each announcement in one of these ways. @throws Error when none comes for SILENCE, or an image is wrong */
function abuse(
  camera: HostCamera,
  device: VirtualCamera,
  kinds: readonly Kind[],
  random: () => number,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  const work = (restart: () => void): Promise<Outcome[]> =>
    new Promise((resolve, reject) => {
      camera.fetch = async (bus, announced) => {
        restart();
        const kind = kinds[outcomes.length];
        if (kind === undefined) {
          resolve(outcomes);
          return Buffer.alloc(0);
        }
        const bytes = await misbehave(device, kind, random)(bus, announced);
        try {
          outcomes.push({ kind, frame: frameOf(bytes, announced) });
        } catch (error) {
          reject(new Error(`transfer ${outcomes.length} (${kind}): ${(error as Error).message}`));
        }
        return bytes;
      };
    });
  const last = (): string => `an image after transfer ${outcomes.length} (${outcomes.at(-1)?.kind})`;
  return within(device, last, work, SILENCE);
}

/** @throws Error when the checksum is right and the image is not */
function frameOf(bytes: Buffer, announced: number): number | undefined {
  let text: string;
  try {
    text = checkedImage(bytes, announced);
  } catch (error) {
    if (error instanceof TransferError) return undefined;
    throw error;
  }
  return wholeFrame(new ThermalImage(text));
}

wiredRandomTest(
  `seed %d, ${TRANSFERS} transfers: short, long, late, none, damaged, in two reads. No image with a right checksum is wrong or repeated, and the next always comes`,
  [SEED],
  async ({ camera, device }, seed) => {
    const random = seededRandom(seed);
    const kinds = Array.from({ length: TRANSFERS }, () => choose(random));
    expect(new Set(kinds).size).toBe(Object.keys(SHARES).length);
    const ended = abuse(camera, device, kinds, random);
    await camera.connection.call("stream_on");
    const outcomes = await ended;
    const frames = outcomes.flatMap(({ frame }) => frame ?? []);
    expect(frames.filter((frame, i) => i > 0 && frame <= (frames[i - 1] ?? 0))).toEqual([]);
    const shareWhole = (kind: Kind): number => {
      const those = outcomes.filter((outcome) => outcome.kind === kind);
      return those.filter(({ frame }) => frame !== undefined).length / those.length;
    };
    for (const kind of ["bitError", "short", "twoReads", "never"] as const)
      expect({ kind, whole: shareWhole(kind) }).toEqual({ kind, whole: 0 });
    for (const kind of ["exact", "rounded", "long", "shortThenWhole"] as const)
      expect({ kind, mostlyWhole: shareWhole(kind) > 0.5 }).toEqual({ kind, mostlyWhole: true });
    await camera.connection.call("stream_off");
    expect(await camera.connection.call("get_status")).toHaveProperty("status");
  },
  { scene: "counter", speed: 8 },
);
