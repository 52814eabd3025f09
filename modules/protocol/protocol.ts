// SPDX-License-Identifier: Apache-2.0

/** The camera's protocol: bytes in, messages out, independent of the transport. */
export { IMAGE_PORT_FAILED, TOO_MANY_CONNECTIONS } from "./answers";
export type { Base64Codec } from "./arguments";
export { Commands } from "./commands";
export { Executor } from "./executor";
export { ETX, STX } from "./framing";
export type { TextCodec } from "./json";
export type { ImagePort } from "./outlets";
export { Session, SessionMemory, type SessionEnvironment, type SessionOptions } from "./session";
export { StreamTransport, type StreamCallbacks, type StreamIO, type Transport } from "./transport";
