// SPDX-License-Identifier: Apache-2.0
/** Pictures with colour bar and legend, for PNG files and video. */
import { h } from "./dom";
import { pixelAt, type Place } from "./frame";
import { type Box, COLUMNS, ROWS } from "./geometry";
import { bandOf, ENTRIES, ISOTHERM_COLOUR } from "./palette";
import { preferences } from "./preferences";
import type { Shown } from "./shown";
import { statisticsOf } from "./statistics";
import { t } from "./texts";
import { marks } from "./units";

const PICTURE = { width: 960, height: 720 };
const BAR = 152;
const LEGEND = 64;
const INK = "#f2f4f5";
const FONT = "system-ui, sans-serif";

export const composed = h("canvas", { width: PICTURE.width + BAR, height: PICTURE.height + LEGEND });

export interface Legend {
  readonly camera: string;
  readonly time: string;
  readonly probe: Place | undefined;
}

/** Draws into `composed`. @param picture the canvas of the view @param rgb colours of the palette */
export function compose(picture: HTMLCanvasElement, shown: Shown, rgb: Uint8Array, legend: Legend): void {
  const context = composed.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
  context.fillStyle = "#0b0d0f";
  context.fillRect(0, 0, composed.width, composed.height);
  context.drawImage(picture, 0, 0, PICTURE.width, PICTURE.height);
  drawMarkers(context, shown, legend.probe);
  drawBar(context, shown, rgb);
  drawLegend(context, shown, legend);
}

function label(context: CanvasRenderingContext2D, text: string, x: number, y: number): void {
  context.font = `500 20px ${FONT}`;
  context.textAlign = "left";
  const width = context.measureText(text).width;
  const left = Math.min(x, PICTURE.width - width - 12);
  const top = Math.min(Math.max(y, 26), PICTURE.height - 6);
  context.fillStyle = "rgb(0 0 0 / 70%)";
  context.fillRect(left - 6, top - 20, width + 12, 26);
  context.fillStyle = INK;
  context.fillText(text, left, top);
}

function drawMarkers(context: CanvasRenderingContext2D, { frame, telemetry, scale }: Shown, probe?: Place): void {
  const step = PICTURE.width / COLUMNS;
  context.lineWidth = 2;
  const rectangle = ({ c1, r1, c2, r2 }: Box): void => {
    context.strokeStyle = INK;
    context.strokeRect(c1 * step, r1 * step, (c2 - c1 + 1) * step, (r2 - r1 + 1) * step);
  };
  const dot = ({ column, row }: Place, colour: string, text: string): void => {
    const [x, y] = [(column + 0.5) * step, (row + 0.5) * (PICTURE.height / ROWS)];
    context.strokeStyle = INK;
    context.fillStyle = colour;
    context.beginPath();
    context.arc(x, y, 7, 0, 7);
    context.fill();
    context.stroke();
    label(context, text, x + 16, y + 7);
  };
  if (preferences.markers && telemetry.resolution !== undefined) {
    rectangle(telemetry.spotBox);
    dot(frame.minAt, "#2f7bff", scale.number(frame.min));
    dot(frame.maxAt, "#e8372c", scale.number(frame.max));
  }
  preferences.boxes.forEach((box, i) => {
    rectangle(box);
    label(
      context,
      `${i + 1}  ${scale.number(statisticsOf(frame.pixels, box).max)}`,
      box.c1 * step + 6,
      box.r1 * step - 8,
    );
  });
  if (probe) dot(probe, "#111", scale.text(pixelAt(frame, probe)));
}

function drawBar(context: CanvasRenderingContext2D, { scale, low, high, isotherm }: Shown, rgb: Uint8Array): void {
  const left = PICTURE.width + 20;
  const top = 52;
  const height = PICTURE.height - top - 24;
  for (let i = 0; i < ENTRIES; i++) {
    context.fillStyle = `rgb(${rgb.subarray(3 * i, 3 * i + 3).join()})`;
    context.fillRect(left, top + height - ((i + 1) * height) / ENTRIES, 28, height / ENTRIES + 1);
  }
  const [from, to] = bandOf(isotherm, low, high) ?? [0, 0];
  context.fillStyle = ISOTHERM_COLOUR;
  context.fillRect(left, top + height * (1 - to), 28, height * (to - from));
  context.font = `400 20px ${FONT}`;
  context.fillStyle = INK;
  context.textAlign = "left";
  context.fillText(scale.sign, left, 34);
  const [first, last] = [scale.value(low), scale.value(high)];
  for (const mark of marks(first, last, 9)) {
    const y = top + height - ((mark - first) / (last - first)) * height;
    context.fillRect(left + 30, y - 1, 8, 2);
    context.fillText(scale.number(scale.count(mark)), left + 44, y + 7);
  }
}

function drawLegend(context: CanvasRenderingContext2D, { frame, telemetry, scale }: Shown, legend: Legend): void {
  const y = PICTURE.height + 40;
  context.fillStyle = INK;
  context.font = `400 22px ${FONT}`;
  context.textAlign = "left";
  const figures =
    telemetry.resolution === undefined
      ? t("noTemperatures")
      : `${t("spot")} ${scale.text(frame.spot)}   ${t("max")} ${scale.text(frame.max)}   ${t("min")} ${scale.text(frame.min)}   ε ${telemetry.emissivity} %`;
  context.fillText(figures, 16, y);
  context.textAlign = "right";
  context.fillText(`${legend.camera}   ${legend.time}`, composed.width - 16, y);
}
