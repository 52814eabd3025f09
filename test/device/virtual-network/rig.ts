// SPDX-License-Identifier: Apache-2.0
/** A camera on the virtual network. */
import type { VirtualCamera, VirtualCameraOptions } from "../../../simulator/board/virtual-camera";
import { Connection } from "../../../tools/tcam/connection";
import { NEVER } from "../board-time";
import { withVirtualCamera } from "../camera/rig";

export function withCamera(
  options: VirtualCameraOptions,
  work: (camera: VirtualCamera) => Promise<void>,
): Promise<void> {
  return withVirtualCamera({ scene: "counter", network: "virtual", ...options }, work);
}

export function open(camera: VirtualCamera): Connection {
  return new Connection(camera.connect(), NEVER);
}
