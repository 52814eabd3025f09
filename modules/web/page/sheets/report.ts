// SPDX-License-Identifier: Apache-2.0
import { setText } from "../dom";
import { CommandError } from "../link";
import { t } from "../texts";

/** Says what became of an action. */
export async function report(line: HTMLElement, action: Promise<unknown>, done: string): Promise<boolean> {
  line.classList.remove("bad");
  setText(line, "…");
  try {
    await action;
    setText(line, done);
    return true;
  } catch (error) {
    const { message } = error as Error;
    const reason = message || t("noAnswer");
    line.classList.add("bad");
    setText(
      line,
      t("failed", { reason: error instanceof CommandError ? reason.replace(/^\w+ failed: /, "") : reason }),
    );
    return false;
  }
}
