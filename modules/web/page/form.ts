// SPDX-License-Identifier: Apache-2.0
/** Controls of the sheets. */
import { h } from "./dom";

let count = 0;

/** A few choices side by side, one of which is chosen. */
export function choice<T extends string>(
  legend: string,
  options: readonly (readonly [value: T, text: string])[],
  chosen: T,
  change: (value: T) => void,
): HTMLFieldSetElement {
  const name = `c${count++}`;
  return h(
    "fieldset",
    {},
    h("legend", {}, legend),
    h(
      "div",
      { class: "options" },
      ...options.map(([value, text]) =>
        h(
          "label",
          {},
          h("input", { type: "radio", name, value, checked: value === chosen, onchange: () => change(value) }),
          h("span", {}, text),
        ),
      ),
    ),
  );
}

/** A labelled control, with a hint below it. */
export function field(text: string, control: HTMLElement, hint?: string): HTMLElement {
  const id = `f${count++}`;
  control.id ||= id;
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  return h(
    "div",
    { class: "field" },
    h("label", { for: control.id }, text),
    control,
    hint ? h("small", { id: `${id}-hint` }, hint) : undefined,
  );
}

export function toggle(text: string, on: boolean, change: (on: boolean) => void): HTMLElement {
  const box = h("input", { type: "checkbox", role: "switch", checked: on, onchange: () => change(box.checked) });
  return h("label", { class: "switch" }, h("span", {}, text), box);
}

export function button(text: string, click: () => void, kind = ""): HTMLButtonElement {
  return h("button", { type: "button", class: `button ${kind}`, onclick: click }, text);
}

/** A line that says how an action ended. */
export function outcome(): HTMLOutputElement {
  return h("output", { class: "outcome" });
}
