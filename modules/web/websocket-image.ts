// SPDX-License-Identifier: Apache-2.0
import type { Frame } from "modules/camera/frame";
import type { StoppableSource } from "modules/server/server";

/** Version of the binary image: native/binary-image.h in modules/image has the bytes of both. */
export type ImageVersion = 1 | 2;

/** Makes a frame's binary image as a WebSocket message, one at a time. */
export interface BinaryEncoder extends StoppableSource {
  /**
   * Begins a message, in place of an unfinished one. The caller may close the frame.
   * @param clock version 2: the capture by the camera's clock, milliseconds since 1970
   * @returns length of the message in bytes, with the header of the WebSocket frame
   */
  start(frame: Frame, version: ImageVersion, clock: number): number;
}

/**
 * BinaryEncoder in native code, a native source. Version 2 is compressed once a frame for all viewers; it is sent as it
 * is if compression does not make it shorter, or if too many older frames are still being sent.
 */
export class WebSocketImage extends Native("xs_websocket_image_destructor") implements BinaryEncoder {
  constructor() {
    super();
    native("xs_websocket_image").call(this);
  }

  start(frame: Frame, version: ImageVersion, clock: number): number {
    return native("xs_websocket_image_start").call(this, frame, version, clock);
  }

  read(target: Uint8Array): number {
    return native("xs_websocket_image_read").call(this, target);
  }

  stop(): void {
    return native("xs_websocket_image_stop").call(this);
  }
}
