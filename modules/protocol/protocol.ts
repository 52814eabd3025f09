// SPDX-License-Identifier: Apache-2.0

/** The camera's protocol: bytes ↔ commands and answers, without sessions and transports. */
export { camInfo, getFw, IMAGE_OUTPUT_FAILED, imageReady, Info, nack, TOO_LONG, TOO_MANY_CONNECTIONS } from "./answers";
export { ArgumentError, type Base64Codec } from "./arguments";
export { Base64 } from "./base64";
export { Commands, identityFields, type CommandClient, type Outcome, type Request } from "./commands";
export { createFramer } from "./command-framer";
export { COMMAND_BYTES, ETX, NESTING_LIMIT, STX, VALUES_LIMIT, type Framer } from "./framing";
export { CameraIdentity } from "./identity";
export { CommandError, type Services, type UpdateClient } from "./services";
export { type CommandName, type CommandSpec, findCommand, KEYS, TABLE } from "./table";
export { engineText, type TextCodec } from "./text";
