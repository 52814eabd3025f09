// SPDX-License-Identifier: Apache-2.0
import type { Page } from "playwright-core";

/** Milliseconds after which a wait has failed, on a loaded machine. */
export const LIMIT = 60_000;

/**
 * Waits until an expression in a page is equal to a value. It is evaluated at each change of the document, without
 * `eval`, which the policies of these pages forbid.
 */
export async function shows(page: Page, expression: string, value: unknown = true): Promise<void> {
  const wanted = JSON.stringify(value);
  const script = `new Promise((resolve) => {
    const check = () => {
      if (JSON.stringify(${expression}) !== ${JSON.stringify(wanted)}) return;
      observer.disconnect();
      resolve(true);
    };
    const observer = new MutationObserver(check);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    check();
  })`;
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<false>((resolve) => (timer = setTimeout(() => resolve(false), LIMIT)));
  const shown = await Promise.race([page.evaluate(script), limit]);
  clearTimeout(timer);
  if (shown === true) return;
  const found = JSON.stringify(await page.evaluate(expression));
  throw new Error(`${expression}: expected ${wanted}, found ${found}`);
}
