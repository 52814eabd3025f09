// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import type { CommandEnvironment } from "modules/server/server";
import { createFrameReader, nativeCodec } from "./websocket-frames";
import { WebSocketImage } from "./websocket-image";
import { WebSockets } from "./websockets";

export const openWebSockets = (context: Context, sessions: CommandEnvironment): WebSockets =>
  new WebSockets({
    ...sessions,
    log: context.log.part("web"),
    codec: nativeCodec,
    createReader: createFrameReader,
    createImage: () => new WebSocketImage(),
  });
