// SPDX-License-Identifier: Apache-2.0
/** The colour bar with its scale, upright or lying (CSS decides), and the graph of the last ten minutes. */
import { h, setText } from "./dom";
import { HISTORY_MS, type Sample } from "./history";
import { ENTRIES } from "./palette";
import type { Shown } from "./shown";
import { t } from "./texts";
import { fromKelvin, marks, type Unit } from "./units";

/** CSS pixels between two marks. */
const UPRIGHT = 56;
const LYING = 76;

export class Bar {
  private readonly colours = h("canvas", { width: ENTRIES, height: 1 });
  private readonly ticks = h("div", { class: "ticks" });
  private readonly range = h("span", {});
  readonly element = h(
    "div",
    { id: "bar", role: "img", "aria-label": t("bar") },
    h("div", { class: "strip" }, this.colours),
    this.ticks,
  );

  draw({ scale, low, high }: Shown, rgb: Uint8Array): void {
    const context = this.colours.getContext("2d") as CanvasRenderingContext2D;
    const image = new ImageData(ENTRIES, 1);
    for (let i = 0; i < ENTRIES; i++) image.data.set([...rgb.subarray(3 * i, 3 * i + 3), 255], 4 * i);
    context.putImageData(image, 0, 0);
    const { clientWidth, clientHeight } = this.element;
    const upright = clientHeight > clientWidth;
    const length = upright ? clientHeight / UPRIGHT : clientWidth / LYING;
    const [first, last] = [scale.value(low), scale.value(high)];
    const values = marks(first, last, Math.max(2, length));
    while (this.ticks.childElementCount > values.length) this.ticks.lastChild?.remove();
    while (this.ticks.childElementCount < values.length) this.ticks.append(h("span", {}));
    values.forEach((value, i) => {
      const tick = this.ticks.children[i] as HTMLElement;
      tick.style.setProperty("--at", `${((100 * (value - first)) / (last - first)).toFixed(2)}%`);
      setText(tick, scale.number(scale.count(value)));
    });
    const text = t("barRange", { low: scale.text(low), high: scale.text(high) });
    if (this.element.getAttribute("aria-label") !== text) this.element.setAttribute("aria-label", text);
    setText(this.range, text);
  }
}

const MARGIN = { left: 8, right: 48, top: 10, bottom: 20 };

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
      h("span", { class: "spot-key" }, t("spot")),
      h("span", { class: "min" }, t("min")),
    ),
  );

  draw(samples: readonly Sample[], unit: Unit, format: Intl.NumberFormat): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    const ratio = devicePixelRatio;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const context = this.canvas.getContext("2d") as CanvasRenderingContext2D;
    context.scale(ratio, ratio);
    const style = getComputedStyle(this.element);
    const colour = (name: string): string => style.getPropertyValue(name);
    context.font = `12px ${style.fontFamily}`;
    context.fillStyle = colour("--quiet");
    const right = width - MARGIN.right;
    const bottom = height - MARGIN.bottom;
    const last = samples.at(-1)?.at ?? 0;
    const x = (at: number): number => right - ((last - at) / HISTORY_MS) * (right - MARGIN.left);
    context.textAlign = "center";
    for (let minute = 0; minute <= 10; minute += 2) {
      const at = x(last - minute * 60_000);
      context.fillText(minute ? `\u2212${minute}` : t("minutes"), Math.max(at, 14), height - 5);
    }
    const values = samples.flatMap(({ min, max }) => [fromKelvin(min, unit), fromKelvin(max, unit)]);
    if (!values.length) return;
    const low = Math.min(...values) - 0.5;
    const high = Math.max(...values) + 0.5;
    const y = (value: number): number => bottom - ((value - low) / (high - low)) * (bottom - MARGIN.top);
    context.textAlign = "left";
    context.strokeStyle = colour("--line");
    context.lineWidth = 1;
    context.beginPath();
    for (const mark of marks(low, high, Math.max(2, (bottom - MARGIN.top) / 32))) {
      const at = Math.round(y(mark)) + 0.5;
      context.moveTo(MARGIN.left, at);
      context.lineTo(right, at);
      context.fillText(format.format(mark).replace("-", "\u2212"), right + 6, at + 4);
    }
    context.stroke();
    context.lineWidth = 1.75;
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
        context[gap ? "moveTo" : "lineTo"](x(sample.at), y(fromKelvin(sample[key], unit)));
      });
      context.stroke();
    }
  }
}
