// SPDX-License-Identifier: Apache-2.0
/** The picture: pixels, markers, the probe under pointer and tap, and boxes. */
import { h, icon, setText } from "./dom";
import { Enlarger } from "./enlarge";
import { pixelAt, type Place } from "./frame";
import { type Box, boxBetween, COLUMNS, moved, resized, ROWS } from "./geometry";
import { colours, fillTable, type Palette } from "./palette";
import { preferences, savePreferences } from "./preferences";
import type { Shown } from "./shown";
import { statisticsOf } from "./statistics";
import { t } from "./texts";

declare const PALETTES: readonly Palette[];

export const palettes = PALETTES;
export const BOXES = 4;
/** Largest picture drawn pixel by pixel: the browser smoothes what a larger screen needs beyond it. */
const LARGEST_FACTOR = 8;
/** ms that drawing may take, on average, before a smaller picture is drawn. */
const SLOW = 24;
/** CSS pixels that a pointer moves before it draws a box. */
const DRAG = 6;

/** The chosen palette. */
export function palette(): Palette {
  return palettes.find(([name]) => name === preferences.palette) ?? (palettes[0] as Palette);
}

const percent = (value: number, count: number): string => `${((100 * value) / count).toFixed(3)}%`;

export class View {
  readonly canvas = h("canvas", { id: "picture", width: COLUMNS, height: ROWS, "aria-hidden": "true" });
  readonly element: HTMLElement;
  /** The pixel that the probe is pinned to. */
  probe: Place | undefined;
  private readonly context = this.canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
  private readonly table = new Uint32Array(65536);
  private readonly spot = h("div", { class: "spot", "aria-hidden": "true" });
  private readonly marks = {
    max: this.mark("max"),
    min: this.mark("min"),
    probe: this.mark("probe"),
    hover: this.mark("hover"),
  };
  private readonly layer = h("div", { class: "layer" });
  private boxElements: HTMLElement[] = [];
  private enlarger = new Enlarger(1);
  private image = new ImageData(COLUMNS, ROWS);
  private target = new Uint32Array(this.image.data.buffer);
  private limit = LARGEST_FACTOR;
  private cost = 0;
  private hover: Place | undefined;
  private shown: Shown | undefined;

  /** @param changed boxes or probe have changed */
  constructor(private readonly changed: () => void) {
    const { max, min, probe, hover } = this.marks;
    this.layer.append(this.spot, min, max, hover, probe);
    this.element = h(
      "div",
      {
        id: "view",
        role: "application",
        tabindex: 0,
        "aria-label": t("view"),
        "aria-describedby": "view-help",
      },
      this.canvas,
      this.layer,
      h("p", { id: "view-help", class: "unseen" }, t("viewHelp")),
    );
    this.listen();
    this.makeBoxes();
  }

  draw(shown: Shown): void {
    this.shown = shown;
    const { canvas, table } = this;
    const began = performance.now();
    this.fit();
    fillTable(table, colours(palette()), shown.low, shown.high, shown.isotherm);
    this.enlarger.draw(shown.frame.pixels, table, this.target);
    this.context.putImageData(this.image, 0, 0);
    this.cost += (performance.now() - began - this.cost) / 8;
    if (this.cost > SLOW && this.limit > 2) {
      this.limit--;
      this.cost = 0;
    }
    canvas.dataset["sequence"] = String(shown.frame.sequence);
    canvas.dataset["low"] = String(shown.low);
    canvas.dataset["high"] = String(shown.high);
    canvas.classList.toggle("disturbed", shown.frame.disturbed);
    this.drawMarks(shown);
  }

  /** Adds a box in the middle. @returns false if there are as many as BOXES */
  addBox(
    box: Box = moved(boxBetween(60, 45, 99, 74), 8 * preferences.boxes.length, 8 * preferences.boxes.length),
  ): boolean {
    if (preferences.boxes.length >= BOXES) return false;
    this.setBoxes([...preferences.boxes, box]);
    return true;
  }

  setProbe(place: Place | undefined): void {
    this.probe = place;
    this.update();
  }

  private update(): void {
    if (this.shown) this.drawMarks(this.shown);
    this.changed();
  }

  private mark(kind: string): HTMLElement {
    return h("div", { class: `mark ${kind}`, "aria-hidden": "true", hidden: true }, h("b", {}));
  }

  /** Chooses the size that the screen has room for. */
  private fit(): void {
    const wanted = Math.ceil((this.element.clientWidth * devicePixelRatio) / COLUMNS);
    const factor = Math.max(1, Math.min(this.limit, wanted));
    if (factor === this.enlarger.factor && this.canvas.width === this.enlarger.width) return;
    this.enlarger = new Enlarger(factor);
    const { width, height } = this.enlarger;
    this.canvas.width = width;
    this.canvas.height = height;
    this.image = new ImageData(width, height);
    this.target = new Uint32Array(this.image.data.buffer);
  }

  private drawMarks({ frame, telemetry, scale }: Shown): void {
    const radiometric = telemetry.resolution !== undefined;
    const markers = preferences.markers && radiometric;
    this.setMark(this.marks.max, markers ? frame.maxAt : undefined, scale.number(frame.max));
    this.setMark(this.marks.min, markers ? frame.minAt : undefined, scale.number(frame.min));
    const read = (place: Place | undefined): string => (place ? scale.text(pixelAt(frame, place)) : "");
    this.setMark(this.marks.probe, this.probe, read(this.probe));
    this.setMark(this.marks.hover, this.hover, read(this.hover));
    this.spot.hidden = !markers;
    this.setBox(this.spot, telemetry.spotBox);
    preferences.boxes.forEach((box, i) => {
      const element = this.boxElements[i] as HTMLElement;
      const { min, max, mean } = statisticsOf(frame.pixels, box);
      this.setBox(element, box);
      setText(element.querySelector("b") as Element, `${i + 1}\u2002${scale.number(max)}`);
      element.setAttribute(
        "aria-label",
        t("boxLabel", { n: i + 1, max: scale.text(max), mean: scale.text(mean), min: scale.text(min) }),
      );
    });
  }

  private setMark(element: HTMLElement, place: Place | undefined, text: string): void {
    element.hidden = place === undefined;
    if (!place) return;
    element.style.left = percent(place.column + 0.5, COLUMNS);
    element.style.top = percent(place.row + 0.5, ROWS);
    element.classList.toggle("left", place.column > 0.8 * COLUMNS);
    element.classList.toggle("up", place.row > 0.85 * ROWS);
    setText(element.firstChild as Element, text);
  }

  private setBox({ style }: HTMLElement, { c1, r1, c2, r2 }: Box): void {
    style.left = percent(c1, COLUMNS);
    style.top = percent(r1, ROWS);
    style.width = percent(c2 - c1 + 1, COLUMNS);
    style.height = percent(r2 - r1 + 1, ROWS);
  }

  private placeOf({ clientX, clientY }: PointerEvent): { column: number; row: number; place: Place } {
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const column = ((clientX - left) / width) * COLUMNS;
    const row = ((clientY - top) / height) * ROWS;
    const inside = (value: number, count: number): number => Math.max(0, Math.min(count - 1, Math.floor(value)));
    return { column, row, place: { column: inside(column, COLUMNS), row: inside(row, ROWS) } };
  }

  private listen(): void {
    const { element } = this;
    element.addEventListener("pointermove", (event) => {
      this.hover = event.pointerType === "mouse" && !event.buttons ? this.placeOf(event).place : undefined;
      if (this.shown) this.drawMarks(this.shown);
    });
    element.addEventListener("pointerleave", () => {
      this.hover = undefined;
      if (this.shown) this.drawMarks(this.shown);
    });
    element.addEventListener("pointerdown", (event) => {
      if (event.button === 0 && (event.target === element || event.target === this.layer)) this.drag(event);
    });
    element.addEventListener("keydown", (event) => this.key(event));
  }

  /** A tap pins the probe, or removes it where it is; a longer way draws a box. */
  private drag(start: PointerEvent): void {
    const from = this.placeOf(start);
    const before = preferences.boxes;
    let drawing = false;
    this.follow(
      start,
      (event) => {
        const to = this.placeOf(event);
        drawing ||= Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > DRAG;
        if (drawing && before.length < BOXES)
          this.setBoxes(
            [...before, boxBetween(from.place.column, from.place.row, to.place.column, to.place.row)],
            false,
          );
      },
      () => {
        if (drawing) this.setBoxes(preferences.boxes);
        else {
          const { column, row } = from.place;
          const near = this.probe && Math.hypot(this.probe.column - column, this.probe.row - row) < 3;
          this.setProbe(near ? undefined : from.place);
        }
      },
    );
  }

  /** Follows a pointer until it is released. */
  private follow(start: PointerEvent, move: (event: PointerEvent) => void, end: () => void): void {
    const ended = new AbortController();
    const { signal } = ended;
    this.element.setPointerCapture(start.pointerId);
    this.element.addEventListener("pointermove", move, { signal });
    const stop = (): void => {
      ended.abort();
      end();
    };
    this.element.addEventListener("pointerup", stop, { signal });
    this.element.addEventListener("pointercancel", () => ended.abort(), { signal });
  }

  private key(event: KeyboardEvent): void {
    if (event.target !== this.element || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Escape" && this.probe) return this.setProbe(undefined);
    const step = arrow(event);
    if (!step) return;
    event.preventDefault();
    const { column, row } = this.probe ?? { column: COLUMNS / 2 - step[0], row: ROWS / 2 - step[1] };
    const box = moved({ c1: column, r1: row, c2: column, r2: row }, ...step);
    this.setProbe({ column: box.c1, row: box.r1 });
  }

  private setBoxes(boxes: Box[], keep = true): void {
    const count = preferences.boxes.length;
    preferences.boxes = boxes;
    if (boxes.length !== count) this.makeBoxes();
    if (keep) savePreferences();
    this.update();
  }

  private changeBox(index: number, box: Box): void {
    this.setBoxes(preferences.boxes.map((other, i) => (i === index ? box : other)));
  }

  private removeBox(index: number): void {
    this.setBoxes(preferences.boxes.filter((_, i) => i !== index));
    (this.boxElements[Math.max(0, index - 1)] ?? this.element).focus();
  }

  private makeBoxes(): void {
    for (const element of this.boxElements) element.remove();
    this.boxElements = preferences.boxes.map((_, i) => this.makeBox(i));
    this.layer.append(...this.boxElements);
  }

  private makeBox(index: number): HTMLElement {
    const remove = (): void => this.removeBox(index);
    const button = h(
      "button",
      { "aria-label": t("removeBox", { n: index + 1 }), title: t("removeBox", { n: index + 1 }), onclick: remove },
      icon("close"),
    );
    const corner = h("i", {});
    const element = h(
      "div",
      { class: "box", tabindex: 0, role: "group", "aria-description": t("boxHelp") },
      h("b", {}),
      button,
      corner,
    );
    element.addEventListener("pointerdown", (event: PointerEvent) => {
      if (event.button !== 0 || button.contains(event.target as Node)) return;
      const from = this.placeOf(event);
      const box = preferences.boxes[index] as Box;
      const change = event.target === corner ? resized : moved;
      event.stopPropagation();
      element.focus({ preventScroll: true });
      this.follow(
        event,
        (now) => {
          const to = this.placeOf(now);
          const columns = Math.round(to.column - from.column);
          const rows = Math.round(to.row - from.row);
          this.changeBox(index, change(box, columns, rows));
        },
        () => undefined,
      );
      event.preventDefault();
    });
    element.addEventListener("keydown", (event: KeyboardEvent) => {
      if (event.target !== element) return;
      if (event.key === "Delete" || event.key === "Backspace") return remove();
      const step = arrow(event);
      if (!step) return;
      event.preventDefault();
      const box = preferences.boxes[index] as Box;
      const change = event.altKey || event.ctrlKey ? resized : moved;
      this.changeBox(index, change(box, ...step));
    });
    return element;
  }
}

/** Columns and rows that an arrow key moves by; ten with Shift. */
function arrow({ key, shiftKey }: KeyboardEvent): [number, number] | undefined {
  const step = shiftKey ? 10 : 1;
  switch (key) {
    case "ArrowLeft":
      return [-step, 0];
    case "ArrowRight":
      return [step, 0];
    case "ArrowUp":
      return [0, -step];
    case "ArrowDown":
      return [0, step];
    default:
      return undefined;
  }
}
