// SPDX-License-Identifier: Apache-2.0
import { setText } from "../dom";
import { CommandError } from "../link";
import { t } from "../texts";

/** Why an action failed, in words. */
export function failure(error: unknown): string {
  const reason = (error as Error).message || t("noAnswer");
  return t("failed", { reason: error instanceof CommandError ? reason.replace(/^\w+ failed: /, "") : reason });
}

/** Says what became of an action. */
export async function report(line: HTMLElement, action: Promise<unknown>, done: string): Promise<boolean> {
  line.classList.remove("bad");
  setText(line, "…");
  try {
    await action;
    setText(line, done);
    return true;
  } catch (error) {
    line.classList.add("bad");
    setText(line, failure(error));
    return false;
  }
}
