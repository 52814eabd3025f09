// SPDX-License-Identifier: Apache-2.0
/** The sheets: one at a time, beside the picture or below it, which stays in view. */
import type { App, Sheet } from "./app";
import { h, icon } from "./dom";
import { cameraSheet } from "./sheets/camera";
import { displaySheet } from "./sheets/display";
import { filesSheet } from "./sheets/files";
import { logSheet } from "./sheets/log";
import { updateSheet } from "./sheets/update";
import { wifiSheet } from "./sheets/wifi";
import { t } from "./texts";

export const SHEETS = ["display", "files", "camera", "wifi", "update", "log"] as const;
export type SheetName = (typeof SHEETS)[number];

export class Panel {
  readonly element: HTMLElement;
  private readonly body = h("div", { class: "body", role: "tabpanel", id: "sheet", tabindex: -1 });
  private readonly tabs = new Map<SheetName, HTMLButtonElement>();
  private sheet: Sheet | undefined;
  private current: SheetName | undefined;
  private opener: Element | null = null;

  constructor(
    private readonly app: App,
    private readonly changed: () => void,
  ) {
    for (const name of SHEETS)
      this.tabs.set(
        name,
        h(
          "button",
          { type: "button", role: "tab", id: `tab-${name}`, "aria-controls": "sheet", onclick: () => this.open(name) },
          t(name),
        ),
      );
    const tablist = h("div", { class: "tabs", role: "tablist", "aria-label": t("menu") }, ...this.tabs.values());
    tablist.addEventListener("keydown", (event: KeyboardEvent) => this.key(event));
    const close = h(
      "button",
      { class: "close", type: "button", "aria-label": t("close"), title: t("close"), onclick: () => this.close() },
      icon("close"),
    );
    this.element = h(
      "aside",
      { id: "panel", role: "dialog", "aria-label": t("menu"), hidden: true },
      h("header", {}, tablist, close),
      this.body,
    );
    this.element.addEventListener("keydown", (event: KeyboardEvent) => {
      if (event.key === "Escape") this.close();
    });
  }

  get isOpen(): boolean {
    return this.current !== undefined;
  }

  /** Opens a sheet; the one that is open is closed instead if it is `toggled`. */
  open(name: SheetName, toggled = false): void {
    if (toggled && this.current === name) return this.close();
    if (!this.isOpen) this.opener = document.activeElement;
    this.build(name);
    this.element.hidden = false;
    const tab = this.tabs.get(name);
    tab?.focus({ preventScroll: true });
    tab?.scrollIntoView({ block: "nearest", inline: "center" });
    this.changed();
  }

  close(): void {
    if (!this.isOpen) return;
    this.sheet?.close?.();
    this.sheet = this.current = undefined;
    this.body.replaceChildren();
    this.element.hidden = true;
    if (this.opener instanceof HTMLElement) this.opener.focus({ preventScroll: true });
    this.changed();
  }

  refresh(): void {
    this.sheet?.refresh?.();
  }

  private build(name: SheetName): void {
    this.sheet?.close?.();
    const same = this.current === name;
    this.current = name;
    const at = same ? this.body.scrollTop : 0;
    const focused = same ? focusOf(this.body) : -1;
    this.sheet = this.make(name);
    this.body.replaceChildren(this.sheet.element);
    this.body.setAttribute("aria-labelledby", `tab-${name}`);
    this.body.scrollTop = at;
    for (const [other, tab] of this.tabs) {
      tab.setAttribute("aria-selected", String(other === name));
      tab.tabIndex = other === name ? 0 : -1;
    }
    radios(this.body)[focused]?.focus({ preventScroll: true });
  }

  private make(name: SheetName): Sheet {
    const { app } = this;
    switch (name) {
      case "display":
        return displaySheet(app, () => this.build("display"));
      case "files":
        return filesSheet(app);
      case "camera":
        return cameraSheet(app);
      case "wifi":
        return wifiSheet(app);
      case "update":
        return updateSheet(app);
      case "log":
        return logSheet();
    }
  }

  private key(event: KeyboardEvent): void {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step || !this.current) return;
    event.preventDefault();
    const at = (SHEETS.indexOf(this.current) + step + SHEETS.length) % SHEETS.length;
    this.open(SHEETS[at] as SheetName);
  }
}

const radios = (body: HTMLElement): HTMLElement[] => [...body.querySelectorAll<HTMLElement>("input[type=radio]")];

/** The index of the focused choice, -1 for none: it stays focused when its sheet is built again. */
function focusOf(body: HTMLElement): number {
  return radios(body).findIndex((element) => element === document.activeElement);
}
