// SPDX-License-Identifier: Apache-2.0
import { Device, type DeviceOptions } from "../../simulator/board/device";

const POLL = 100;

/** Runs `work` on a camera of its own that streams undisturbed: the sensor's pause at its start, for the flat-field correction, is over. */
export async function withDevice(options: DeviceOptions, work: (device: Device) => Promise<void>): Promise<void> {
  const device = await Device.start({ scene: "counter", control: undefined, ...options });
  try {
    await device.ready(60_000);
    await device.waitForLog(/first frame/, 30_000);
    while (device.board.lepton.state().ffc.lastMs === 0) await new Promise((resolve) => setTimeout(resolve, POLL));
    await work(device);
  } finally {
    await device.stop();
  }
}
