// SPDX-License-Identifier: Apache-2.0
/** A failed build. The message is one line for a person; `details` is the tools' output. */
export class BuildError extends Error {
  constructor(
    message: string,
    readonly details = "",
  ) {
    super(message);
  }
}
