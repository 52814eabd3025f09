// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { ImageEncoder } from "modules/image/image";
import { Base64, Commands, createFramer, engineText, type Services } from "modules/protocol/protocol";
import { Executor } from "./executor";
import { LinkLoad } from "./link-load";
import type { SessionEnvironment } from "./session";

/** What all sessions share: the commands on the camera's services, one at a time over all clients. */
export const openSessions = (context: Context, services: Services): SessionEnvironment => ({
  services,
  commands: new Commands(services, Base64, context.log.part("protocol")),
  executor: new Executor(),
  load: new LinkLoad(),
  text: engineText,
  createFramer,
  createEncoder: (options) => new ImageEncoder(options),
  timers: context.timers,
  log: context.log.part("server"),
});
