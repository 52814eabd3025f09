// SPDX-License-Identifier: Apache-2.0
/** A camera on the virtual network. */
import { VirtualCamera, type VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { Connection } from "../../../tools/tcam/connection";

/** Real milliseconds, to end a test that hangs: board time stands still or flies while a call waits. */
export const HUNG = 60_000;

export async function withCamera(
  options: VirtualCameraOptions,
  work: (camera: VirtualCamera) => Promise<void>,
): Promise<void> {
  const camera = await VirtualCamera.start({ scene: "counter", control: undefined, network: "virtual", ...options });
  try {
    await camera.ready();
    await work(camera);
  } finally {
    await camera.stop();
  }
}

export function open(camera: VirtualCamera): Connection {
  return new Connection(camera.connect(), HUNG);
}
