// SPDX-License-Identifier: Apache-2.0
import type { App, Sheet } from "../app";
import { type Config, restart, sensorName } from "../camera";
import { h, setText } from "../dom";
import { button, choice, field, outcome, toggle } from "../form";
import { boxBetween } from "../geometry";
import { preferences } from "../preferences";
import { t } from "../texts";
import { fromKelvin } from "../units";
import { report } from "./report";

/** ms in which a press of a button that asks for confirmation is to be repeated. */
const CONFIRM = 4_000;

/** A button that acts when it is pressed twice. */
function confirmed(text: string, act: () => void): HTMLButtonElement {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const control = button(text, () => {
    if (timer !== undefined) {
      clearTimeout(timer);
      timer = undefined;
      setText(control, text);
      act();
      return;
    }
    setText(control, t("again"));
    timer = setTimeout(() => {
      timer = undefined;
      setText(control, text);
    }, CONFIRM);
  });
  return control;
}

export function cameraSheet(app: App): Sheet {
  const line = outcome();
  const settings = h("div", { class: "settings" });
  const set = (config: Partial<Config>): void => void report(line, app.link.command("set_config", config), t("saved"));
  const build = ({ agc_enabled, emissivity, gain_mode }: Config): void => {
    const value = h("output", { class: "value" }, `${emissivity} %`);
    const slider = h("input", {
      type: "range",
      min: 1,
      max: 100,
      value: emissivity,
      oninput: () => setText(value, `${slider.value} %`),
      onchange: () => set({ emissivity: slider.valueAsNumber }),
    });
    const slide = field(t("emissivity"), slider, t("emissivityHint"));
    slide.firstElementChild?.append(value);
    settings.replaceChildren(
      slide,
      choice(
        t("gain"),
        [
          ["0", t("gainHigh")],
          ["1", t("gainLow")],
          ["2", t("auto")],
        ],
        String(gain_mode),
        (gain) => set({ gain_mode: Number(gain) }),
      ),
      h("small", {}, t("gainHint")),
      toggle(t("agc"), agc_enabled === 1, (on) => set({ agc_enabled: on ? 1 : 0 })),
    );
  };
  app.link.command("get_config").then(
    ({ config }) => build(config as Config),
    (error: Error) => void report(line, Promise.reject(error), ""),
  );
  const spot = (c1: number, r1: number): void =>
    void report(line, app.link.command("set_spotmeter", boxBetween(c1, r1, c1 + 1, r1 + 1)), t("saved"));
  const here = button(t("spotHere"), () => app.view.probe && spot(app.view.probe.column, app.view.probe.row));
  const hint = h("small", {}, t("spotHint"));
  const facts = h("dl", { class: "facts" });
  const element = h(
    "div",
    {},
    settings,
    h("h3", {}, t("spot")),
    h(
      "div",
      { class: "pair" },
      here,
      button(t("spotCentre"), () => spot(79, 59)),
    ),
    hint,
    h("h3", {}, t("camera")),
    facts,
    h(
      "div",
      { class: "pair" },
      button(t("ffcLong"), () => void report(line, app.link.command("run_ffc"), t("ffcDone"))),
      confirmed(t("restart"), () => {
        app.restarting = true;
        void report(line, restart(), t("restarting")).then((done) => {
          app.restarting = done;
          app.refreshState();
        });
      }),
    ),
    line,
  );
  const refresh = (): void => {
    here.disabled = !app.view.probe;
    hint.hidden = app.view.probe !== undefined;
    const { status, shown } = app;
    if (!status) return;
    const degrees = (kelvin: number): string =>
      `${fromKelvin(kelvin, preferences.unit).toFixed(1)} ${preferences.unit}`;
    const rows: [string, string][] = [
      [t("version"), status.Version],
      [t("sensor"), sensorName(status)],
      [t("address"), location.host],
    ];
    if (shown) {
      rows.push([t("fpa"), degrees(shown.telemetry.fpa)]);
      rows.push([t("housing"), degrees(shown.telemetry.housing)]);
    }
    const text = rows.join();
    if (facts.dataset["rows"] === text) return;
    facts.dataset["rows"] = text;
    facts.replaceChildren(...rows.flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
  };
  refresh();
  return { element, refresh };
}
