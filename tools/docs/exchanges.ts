// SPDX-License-Identifier: Apache-2.0
import type { CommandSpec } from "../../modules/protocol/table";

/** A message to the camera and its answers, without delimiters. Long texts are cut, with an ellipsis. */
export interface Exchange {
  sent: string;
  received: string[];
}

/** The contents of docs/exchanges.json. */
export interface Exchanges {
  commands: Record<string, Exchange>;
  errors: Record<string, Exchange>;
}

/** Messages with an error, for the protocol page, by kind of error. */
export const ERRORS: Readonly<Record<string, string>> = {
  "not JSON": "{get_status}",
  "no command": '{"command":"get_status"}',
  unknown: '{"cmd":"get_weather"}',
  unsupported: '{"cmd":"take_picture"}',
  refused: '{"cmd":"set_config","args":{"emissivity":101}}',
  "too large": '{"cmd":"fw_update_request","args":{"length":2097153,"version":"4.1"}}',
};

/** The message of a command's example. */
export function commandOf(cmd: string, { example: args }: CommandSpec): string {
  return JSON.stringify(args ? { cmd, args } : { cmd });
}
