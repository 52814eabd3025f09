// SPDX-License-Identifier: Apache-2.0
import { getSystemErrorMap } from "node:util";

/** Replacements for system messages that do not say what is wrong. */
const WORDS: Readonly<Record<string, string>> = {
  ENOTFOUND: "no host has this name",
  EAI_AGAIN: "the name cannot be looked up",
  EISDIR: "it is a folder",
  ERR_FS_EISDIR: "it is a folder",
};

/** A system error in words, "connection refused", without Node's code and call; the message of any other error. */
export function reasonOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return reasonOf(error.errors[0]); // one for each address
  const { code = "", errno, message } = error as NodeJS.ErrnoException;
  // Some of Node's own errors have the number without its sign.
  return WORDS[code] ?? (errno === undefined ? undefined : getSystemErrorMap().get(-Math.abs(errno))?.[1]) ?? message;
}
