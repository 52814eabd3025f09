// SPDX-License-Identifier: Apache-2.0
import type { App, Sheet } from "../app";
import { HEADER_LENGTH, readImageHeader } from "../../../update/image-header";
import { readDevice, sendUpdate } from "../camera";
import { h, setText } from "../dom";
import { button, field, outcome } from "../form";
import { t } from "../texts";
import { isNewer } from "../versions";
import { report } from "./report";

const PROJECT = "tCamMini";
/** ms between questions for the progress. */
const POLL = 1_000;

async function send(app: App, file: File, version: string): Promise<void> {
  app.update = { phase: "button", percent: 0, version };
  app.refreshState();
  const poll = setInterval(() => {
    void readDevice().then(({ update: { written, length } = {} }) => {
      if (!app.update || app.update.phase === "restarting" || written === undefined || !length) return;
      app.update = { ...app.update, phase: "writing", percent: Math.floor((100 * written) / length) };
      app.refreshState();
    });
  }, POLL);
  try {
    await sendUpdate(file);
    app.update = { phase: "restarting", percent: 100, version };
    app.restarting = true;
  } catch (error) {
    app.update = undefined;
    throw error;
  } finally {
    clearInterval(poll);
    app.refreshState();
  }
}

export function updateSheet(app: App): Sheet {
  const line = outcome();
  const facts = h("p", { class: "lead" });
  const bar = h("progress", { max: 100, value: 0, "aria-label": t("update") });
  const phase = h("p", {});
  let file: File | undefined;
  let version = "";
  const start = button(
    t("startUpdate"),
    () => {
      if (file && !app.update) void report(line, send(app, file, version), t("restarting"));
    },
    "main",
  );
  start.disabled = true;
  const input = h("input", {
    type: "file",
    accept: ".bin",
    onchange: async () => {
      file = input.files?.[0];
      start.disabled = true;
      setText(line, "");
      if (!file) return setText(facts, "");
      const header = readImageHeader(new Uint8Array(await file.slice(0, HEADER_LENGTH).arrayBuffer()));
      if (typeof header === "string" || header.project !== PROJECT) return setText(facts, t("notFirmware"));
      version = header.version;
      const size = Math.round(file.size / 1024);
      const older = isNewer(version, app.status?.Version ?? "") ? "" : ` ${t("olderFile")}`;
      setText(facts, t("fileFacts", { name: file.name, version, size }) + older);
      start.disabled = false;
    },
  });
  const refresh = (): void => {
    const { update: running, status } = app;
    bar.hidden = !running;
    bar.value = running?.percent ?? 0;
    setText(phase, app.update ? (updateText(app) ?? "") : (status?.Update ?? ""));
    setText(now, `${t("running")}: ${status?.Version ?? "…"}`);
  };
  const now = h("p", { class: "lead" });
  const element = h(
    "div",
    {},
    now,
    field(t("chooseFile"), input),
    facts,
    start,
    h("small", {}, t("updateSteps")),
    bar,
    phase,
    line,
  );
  refresh();
  return { element, refresh };
}

/** The update's state in words; undefined without one. */
export function updateText({ update: running }: Pick<App, "update">): string | undefined {
  switch (running?.phase) {
    case "button":
      return t("updateButton");
    case "writing":
      return t("updating", { percent: running.percent });
    case "restarting":
      return t("restarting");
    case undefined:
      return undefined;
  }
}
