// SPDX-License-Identifier: Apache-2.0
/** The row of buttons over the picture. It shows on pointer, touch and key, and hides after a while. */
import { h, icon, type IconName, setText } from "./dom";
import { t } from "./texts";

const AWAKE = 3_000;

export interface Action {
  readonly name: string;
  readonly icon: IconName;
  readonly label: string;
  /** Shortcut. */
  readonly key: string;
  act(): void;
}

export class Controls {
  readonly element: HTMLElement;
  private readonly buttons = new Map<string, HTMLButtonElement>();
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(actions: readonly Action[]) {
    for (const action of actions)
      this.buttons.set(
        action.name,
        h(
          "button",
          {
            type: "button",
            "data-action": action.name,
            "aria-keyshortcuts": action.key,
            title: `${action.label} (${action.key === " " ? "␣" : action.key})`,
            onclick: () => action.act(),
          },
          icon(action.icon),
          h("span", {}, action.label),
        ),
      );
    this.element = h("nav", { id: "controls", "aria-label": t("controls") }, ...this.buttons.values());
    for (const event of ["pointermove", "pointerdown", "keydown", "focusin", "touchstart"])
      document.addEventListener(event, () => this.wake(), { passive: true });
    document.addEventListener("keydown", (event) => {
      const { target, key, ctrlKey, altKey, metaKey } = event;
      const typing = target instanceof Element && target.closest("input,select,textarea,button,a,[role=dialog]");
      const action = actions.find((one) => one.key === key.toLowerCase());
      if (!action || ctrlKey || altKey || metaKey || typing) return;
      event.preventDefault();
      action.act();
    });
    this.wake();
  }

  /** Marks a button as switched on, and changes its icon and label. */
  set(name: string, pressed: boolean, label?: string, picture?: IconName): void {
    const button = this.buttons.get(name);
    if (!button) return;
    const value = String(pressed);
    if (button.getAttribute("aria-pressed") !== value) {
      button.setAttribute("aria-pressed", value);
      if (picture) button.firstElementChild?.replaceWith(icon(picture));
    }
    if (label) setText(button.lastElementChild as Element, label);
  }

  private wake(): void {
    document.body.classList.add("awake");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => document.body.classList.remove("awake"), AWAKE);
  }
}
