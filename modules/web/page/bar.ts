// SPDX-License-Identifier: Apache-2.0
/** The colour bar with its scale, upright or lying (CSS decides), and the graph of the last ten minutes. */
import { h, setText } from "./dom";
import { HISTORY_MS, type Sample } from "./history";
import { bandOf, ISOTHERM_COLOUR, type Palette, stopsOf } from "./palette";
import type { Shown } from "./shown";
import { t } from "./texts";
import { fromKelvin, marks, type Scale } from "./units";

/** Room of a mark, in sizes of the page's letters. */
const UPRIGHT = 3.5;
const LYING = 4.75;

/** CSS pixels of the page's letters. */
function letters(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize);
}

export class Bar {
  private readonly strip = h("div", { class: "strip" });
  private readonly ticks = h("div", { class: "ticks" });
  readonly element = h("div", { id: "bar", role: "img", "aria-label": t("bar") }, this.strip, this.ticks);

  draw({ scale, low, high, isotherm }: Shown, palette: Palette): void {
    this.set("--stops", stopsOf(palette));
    const band = bandOf(isotherm, low, high)?.map((part) => `${(100 * part).toFixed(2)}%`);
    this.set(
      "--isotherm",
      band ? `#0000 ${band[0]},${ISOTHERM_COLOUR} ${band.join(" ")},#0000 ${band[1]}` : "#0000,#0000",
    );
    const { clientWidth, clientHeight } = this.element;
    const upright = clientHeight > clientWidth;
    const length = (upright ? clientHeight / UPRIGHT : clientWidth / LYING) / letters();
    const [first, last] = [scale.value(low), scale.value(high)];
    const span = last - first;
    const room = 0.45 / Math.max(1, length);
    const between = marks(first, last, Math.max(2, length)).filter(
      (value) => value - first > room * span && last - value > room * span,
    );
    const values = [first, ...between, last];
    while (this.ticks.childElementCount > values.length) this.ticks.lastChild?.remove();
    while (this.ticks.childElementCount < values.length) this.ticks.append(h("span", {}));
    values.forEach((value, i) => {
      const tick = this.ticks.children[i] as HTMLElement;
      const isEnd = i === 0 || i === values.length - 1;
      tick.className = isEnd ? "end" : "";
      tick.style.setProperty("--at", `${((100 * (value - first)) / span).toFixed(2)}%`);
      setText(tick, isEnd ? scale.number(i ? high : low) : scale.plain(value));
    });
    const text = t("barRange", { low: scale.text(low), high: scale.text(high) });
    if (this.element.getAttribute("aria-label") !== text) this.element.setAttribute("aria-label", text);
  }

  private set(property: string, value: string): void {
    const { style } = this.strip;
    if (style.getPropertyValue(property) !== value) style.setProperty(property, value);
  }
}

/** In sizes of the page's letters, as the other lengths of the graph. */
const MARGIN = { left: 1, right: 3.25, top: 1.875, bottom: 1.375 };

export class Graph {
  private readonly canvas = h("canvas", {});
  readonly element = h(
    "figure",
    { id: "graph", "aria-label": t("graphLabel") },
    this.canvas,
    h(
      "figcaption",
      {},
      h("span", { class: "max" }, t("max")),
      h("span", {}, t("spot")),
      h("span", { class: "min" }, t("min")),
    ),
  );

  draw(samples: readonly Sample[], scale: Scale): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    const em = letters();
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    const colour = (name: string): string => style.getPropertyValue(name);
    context.font = `${0.75 * em}px ${style.fontFamily}`;
    context.fillStyle = colour("--quiet");
    const right = width - MARGIN.right * em;
    const bottom = height - MARGIN.bottom * em;
    const last = samples.at(-1)?.at ?? 0;
    const x = (at: number): number => right - ((last - at) / HISTORY_MS) * (right - MARGIN.left * em);
    context.textAlign = "center";
    for (let minute = 0; minute <= 10; minute += 2) {
      const at = x(last - minute * 60_000);
      context.fillText(minute ? `\u2212${minute}` : t("now"), at, height - 0.4 * em);
    }
    const values = samples.flatMap(({ min, max }) => [fromKelvin(min, scale.unit), fromKelvin(max, scale.unit)]);
    if (!values.length) return;
    const low = Math.min(...values) - 0.5;
    const high = Math.max(...values) + 0.5;
    const y = (value: number): number => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top * em);
    context.textAlign = "left";
    context.strokeStyle = colour("--line");
    context.lineWidth = 1;
    context.beginPath();
    for (const mark of marks(low, high, Math.max(2, (bottom - MARGIN.top * em) / (2 * em)))) {
      const at = Math.round(y(mark)) + 0.5;
      context.moveTo(MARGIN.left * em, at);
      context.lineTo(right, at);
      context.fillText(scale.plain(mark), right + 0.4 * em, at + 0.25 * em);
    }
    context.stroke();
    context.lineWidth = 0.11 * em;
    context.lineJoin = "round";
    for (const [key, name] of [
      ["max", "--max"],
      ["min", "--min"],
      ["spot", "--text"],
    ] as const) {
      context.strokeStyle = colour(name);
      context.beginPath();
      samples.forEach((sample, i) => {
        const gap = i > 0 && sample.at - (samples[i - 1] as Sample).at > 5_000;
        context[gap ? "moveTo" : "lineTo"](x(sample.at), y(fromKelvin(sample[key], scale.unit)));
      });
      context.stroke();
      const latest = samples[samples.length - 1] as Sample;
      context.fillStyle = colour(name);
      context.beginPath();
      context.arc(x(latest.at), y(fromKelvin(latest[key], scale.unit)), 0.19 * em, 0, 7);
      context.fill();
    }
  }
}
