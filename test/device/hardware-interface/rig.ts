// SPDX-License-Identifier: Apache-2.0
/**
 * A camera on its hardware interface: a virtual device of its own, or the one at `TCAM_SERIAL` and `TCAM_SPI` (a serial port and
 * an SPI device), which may be a real one. Tests that steer the board are skipped there, and say so.
 */
import { HostCamera } from "../../../tools/pi-host/host-camera";
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { skipTest } from "../skipped";

const { TCAM_SERIAL: serial, TCAM_SPI: spi, TCAM_HOST_VARIANT: variant } = process.env;
const real = serial !== undefined && spi !== undefined;
const TIMEOUT = 20_000;

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
    await withHost(wires, (camera) => work({ camera, device, wires }));
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

/** The next announcements, or a rejection when one does not come for 20 s. */
export function announcements(camera: HostCamera, count = 1): Promise<number[]> {
  const values: number[] = [];
  return new Promise((resolve, reject) => {
    const silent = (): void => reject(new Error(`${values.length} of ${count} announcements, then none for 20 s`));
    let timer = setTimeout(silent, TIMEOUT);
    const take = (bytes: number): void => {
      clearTimeout(timer);
      values.push(bytes);
      if (values.length < count) timer = setTimeout(silent, TIMEOUT);
      else {
        camera.connection.off("image_ready", take);
        resolve(values);
      }
    };
    camera.connection.on("image_ready", take);
  });
}

/** Resolves after so much board time. */
export function boardTime(device: VirtualCamera, ms: number): Promise<void> {
  const { clock, pacer } = device.board;
  pacer.sync();
  return new Promise((resolve) => void clock.alarm(clock.now() + ms * 1000, resolve));
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
