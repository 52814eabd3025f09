// SPDX-License-Identifier: Apache-2.0
/**
 * A camera on its hardware interface: a virtual device of its own, or the one at `TCAM_SERIAL` and `TCAM_SPI` (a serial port and
 * an SPI device), which may be a real one. Tests that steer the board are skipped there, and say so.
 */
import { HostCamera } from "../../../tools/pi-host/host-camera";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { within } from "../board-time";
import { randomTest } from "../random-run";
import { skipTest } from "../skipped";

const { TCAM_SERIAL: serial, TCAM_SPI: spi, TCAM_HOST_VARIANT: variant } = process.env;
const real = serial !== undefined && spi !== undefined;
const TIMEOUT = 20_000;

/** The virtual camera behind a host's. */
const devices = new WeakMap<HostCamera, VirtualCamera>();

export interface WiredCamera {
  readonly camera: HostCamera;
}

export interface VirtualWiredCamera extends WiredCamera {
  readonly device: VirtualCamera;
  /** The paths of the wires, for a host of the test's own. */
  readonly wires: { readonly serial: string; readonly spi: string };
}

/** A test for every camera. */
export function wiredTest(
  name: string,
  work: (rig: WiredCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  test(name, () => (real ? withHost({ serial, spi }, (camera) => work({ camera })) : withDevice(options, work)));
}

/** A test that steers the virtual board, or needs a scene of its own. */
export function wiredBoardTest(
  name: string,
  work: (rig: VirtualWiredCamera) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  if (!real) test(name, () => withDevice(options, work));
  else skipTest(name, "it needs the virtual board, and TCAM_SERIAL names another camera");
}

/** A random test that steers the virtual board. @param name contains `%d` for the seed, which is the board's as well */
export function wiredRandomTest(
  name: string,
  seeds: readonly number[],
  work: (rig: VirtualWiredCamera, seed: number) => Promise<void>,
  options: VirtualCameraOptions = {},
): void {
  if (!real) randomTest(name, seeds, (seed) => withDevice({ ...options, seed }, (rig) => work(rig, seed)));
  else skipTest(name, "it needs the virtual board, and TCAM_SERIAL names another camera");
}

async function withDevice(
  options: VirtualCameraOptions,
  work: (rig: VirtualWiredCamera) => Promise<void>,
): Promise<void> {
  const device = await VirtualCamera.start({
    control: undefined,
    variant: variant === "asan" || variant === "m32" ? variant : "release",
    mode: "serial",
    terminal: true,
    ...options,
  });
  try {
    await device.ready();
    const wires = { serial: device.terminal ?? "", spi: device.hostSpiPath };
    await withHost(wires, (camera) => {
      devices.set(camera, device);
      return work({ camera, device, wires });
    });
  } finally {
    await device.stop();
  }
}

async function withHost(
  wires: { serial: string; spi: string },
  work: (camera: HostCamera) => Promise<void>,
): Promise<void> {
  const camera = await HostCamera.open({ ...wires, timeout: TIMEOUT });
  try {
    await work(camera);
  } finally {
    camera.close();
  }
}

/** The next announcements. */
export function announcements(camera: HostCamera, count = 1): Promise<number[]> {
  const values: number[] = [];
  const work = (restart: () => void): Promise<number[]> =>
    new Promise((resolve) => {
      const take = (bytes: number): void => {
        values.push(bytes);
        restart();
        if (values.length < count) return;
        camera.connection.off("image_ready", take);
        resolve(values);
      };
      camera.connection.on("image_ready", take);
    });
  const device = devices.get(camera);
  return device ? within(device, () => `announcement ${values.length + 1} of ${count}`, work) : work(() => undefined);
}

/** Power off, the jumper set, power on. @returns when the firmware can be spoken to */
export async function restartAs(device: VirtualCamera, mode: "wifi" | "serial"): Promise<void> {
  await device.board.powerOff();
  device.board.mode = mode;
  await device.board.powerOn();
  await device.ready();
}

/** For what waits for the sensor, in milliseconds. */
export const SLOW = 30_000;

/** An image is left unread. */
export const unread = (): Promise<Buffer> => Promise.resolve(Buffer.alloc(0));
