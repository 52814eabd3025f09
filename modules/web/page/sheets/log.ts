// SPDX-License-Identifier: Apache-2.0
import type { Sheet } from "../app";
import { readDevice, readLog } from "../camera";
import { h, setText } from "../dom";
import { t } from "../texts";

const POLL = 2_000;
/** Characters that are kept. */
const LONGEST = 200_000;

export function logSheet(): Sheet {
  const faults = h("ul", { class: "faults" });
  const log = h("pre", { tabindex: 0, role: "log", "aria-label": t("logLabel") });
  let since = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const poll = async (): Promise<void> => {
    try {
      const { text, next } = await readLog(since);
      if (next < since) setText(log, ""); // the camera has started again
      since = next;
      if (text) {
        const atEnd = log.scrollTop + log.clientHeight >= log.scrollHeight - 8;
        setText(log, ((log.textContent ?? "") + text).slice(-LONGEST));
        if (atEnd) log.scrollTop = log.scrollHeight;
      }
      const { faults: raised = [] } = await readDevice();
      const lines = raised.map(({ fault, name, reason }) => `${fault} · ${name}: ${reason}`);
      if (faults.dataset["lines"] !== lines.join()) {
        faults.dataset["lines"] = lines.join();
        faults.replaceChildren(...(lines.length ? lines : [t("noFaults")]).map((line) => h("li", {}, line)));
        faults.classList.toggle("bad", lines.length > 0);
      }
    } catch {
      since = 0;
    }
    if (!closed) timer = setTimeout(() => void poll(), POLL);
  };
  void poll();
  return {
    element: h("div", { class: "log" }, h("h3", {}, t("faults")), faults, h("h3", {}, t("logLabel")), log),
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
