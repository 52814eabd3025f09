// SPDX-License-Identifier: Apache-2.0
import { VirtualCamera, type VirtualCameraOptions } from "../../simulator/board/virtual-camera";

const POLL = 100;

/** Runs `work` on a new virtual camera after the sensor's first flat-field correction, which interrupts the stream. */
export async function withVirtualCamera(
  options: VirtualCameraOptions,
  work: (camera: VirtualCamera) => Promise<void>,
): Promise<void> {
  const camera = await VirtualCamera.start({ scene: "counter", control: undefined, ...options });
  try {
    await camera.ready(60_000);
    await camera.waitForLog(/first frame/, 30_000);
    while (camera.board.lepton.state().ffc.lastMs === 0) await new Promise((resolve) => setTimeout(resolve, POLL));
    await work(camera);
  } finally {
    await camera.stop();
  }
}
