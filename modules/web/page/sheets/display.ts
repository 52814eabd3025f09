// SPDX-License-Identifier: Apache-2.0
import type { App, Sheet } from "../app";
import { h, setText } from "../dom";
import { choice, field, toggle } from "../form";
import { stopsOf } from "../palette";
import { preferences } from "../preferences";
import { LANGUAGES, t, type Texts } from "../texts";
import { fromKelvin, toKelvin, type Unit, UNITS } from "../units";
import { palettes } from "../view";

type Limit = "low" | "high" | "isothermLow" | "isothermHigh";

function paletteChoice(change: () => void): HTMLElement {
  const options = palettes.map((palette) => {
    const [name] = palette;
    const input = h("input", {
      type: "radio",
      name: "palette",
      value: name,
      checked: name === preferences.palette,
      onchange: () => {
        preferences.palette = name;
        change();
      },
    });
    const swatch = h("i", {});
    swatch.style.setProperty("--stops", stopsOf(palette));
    return h("label", {}, input, swatch, h("span", {}, t(name as keyof Texts)));
  });
  return h("fieldset", { class: "palettes" }, h("legend", {}, t("palette")), h("div", {}, ...options));
}

/** Two numbers in the chosen unit. `check` says so when they are exchanged. */
function limits(
  low: Limit,
  high: Limit,
  change: () => void,
): { element: HTMLElement; inputs: HTMLInputElement[]; check: () => void } {
  const inputs = ([low, high] as const).map((key) => {
    const input = h("input", {
      type: "number",
      step: "0.1",
      inputmode: "decimal",
      value: fromKelvin(preferences[key], preferences.unit).toFixed(1),
      onchange: () => {
        if (Number.isNaN(input.valueAsNumber)) return;
        preferences[key] = toKelvin(input.valueAsNumber, preferences.unit);
        check();
        change();
      },
    });
    return input;
  });
  const [from, to] = inputs as [HTMLInputElement, HTMLInputElement];
  const wrong = h("small", { class: "bad", role: "alert" });
  const check = (): void => {
    const exchanged = !from.disabled && !to.disabled && preferences[low] >= preferences[high];
    setText(wrong, exchanged ? t("rangeOrder") : "");
  };
  const element = h(
    "div",
    {},
    h(
      "div",
      { class: "pair" },
      field(`${t("from")} (${preferences.unit})`, from),
      field(`${t("to")} (${preferences.unit})`, to),
    ),
    wrong,
  );
  return { element, inputs, check };
}

export function displaySheet(app: App, again: () => void): Sheet {
  const change = (): void => app.changed();
  const rebuild = (): void => {
    change();
    again();
  };
  const range = limits("low", "high", change);
  for (const input of range.inputs) input.disabled = preferences.range !== "manual";
  const isotherm = limits("isothermLow", "isothermHigh", change);
  const [above, below] = isotherm.inputs as [HTMLInputElement, HTMLInputElement];
  above.disabled = preferences.isotherm === "below" || preferences.isotherm === "off";
  below.disabled = preferences.isotherm === "above" || preferences.isotherm === "off";
  range.check();
  isotherm.check();
  const element = h(
    "div",
    {},
    paletteChoice(change),
    choice(
      t("range"),
      [
        ["auto", t("auto")],
        ["manual", t("manual")],
        ["locked", t("locked")],
      ],
      preferences.range,
      (value) => {
        const resolution = app.shown?.telemetry.resolution;
        if (app.shown && resolution !== undefined && preferences.range === "auto") {
          preferences.low = app.shown.low * resolution;
          preferences.high = app.shown.high * resolution;
        }
        preferences.range = value;
        rebuild();
      },
    ),
    preferences.range === "auto" ? undefined : range.element,
    choice(
      t("isotherm"),
      [
        ["off", t("off")],
        ["above", t("above")],
        ["below", t("below")],
        ["between", t("between")],
      ],
      preferences.isotherm,
      (value) => {
        preferences.isotherm = value;
        rebuild();
      },
    ),
    preferences.isotherm === "off" ? undefined : isotherm.element,
    choice<Unit>(
      t("unit"),
      UNITS.map((unit) => [unit, unit] as const),
      preferences.unit,
      (unit) => {
        preferences.unit = unit;
        rebuild();
      },
    ),
    toggle(t("markers"), preferences.markers, (on) => {
      preferences.markers = on;
      change();
    }),
    toggle(t("showGraph"), app.withGraph, (on) => {
      preferences.graph = on;
      change();
    }),
    choice(
      t("theme"),
      [
        ["auto", t("automatic")],
        ["dark", t("dark")],
        ["light", t("light")],
      ],
      preferences.theme,
      (theme) => {
        preferences.theme = theme;
        change();
      },
    ),
    choice(
      t("language"),
      [["auto", t("automatic")], ...Object.entries(LANGUAGES).map(([code, { name }]) => [code, name] as const)],
      preferences.language,
      (code) => {
        preferences.language = code;
        change();
        location.reload();
      },
    ),
  );
  return { element };
}
