// SPDX-License-Identifier: Apache-2.0
import { VirtualCamera, type VirtualCameraOptions } from "../../simulator/board/virtual-camera";

const POLL = 100;

/** Runs `work` on a camera of its own that streams undisturbed: the sensor's pause at its start, for the flat-field correction, is over. */
export async function withDevice(
  options: VirtualCameraOptions,
  work: (device: VirtualCamera) => Promise<void>,
): Promise<void> {
  const device = await VirtualCamera.start({ scene: "counter", control: undefined, ...options });
  try {
    await device.ready(60_000);
    await device.waitForLog(/first frame/, 30_000);
    while (device.board.lepton.state().ffc.lastMs === 0) await new Promise((resolve) => setTimeout(resolve, POLL));
    await work(device);
  } finally {
    await device.stop();
  }
}
