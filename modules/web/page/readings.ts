// SPDX-License-Identifier: Apache-2.0
/** The numbers beside the picture. */
import { h, setText } from "./dom";
import { pixelAt, type Place } from "./frame";
import { preferences } from "./preferences";
import type { Shown } from "./shown";
import { statisticsOf } from "./statistics";
import { t } from "./texts";

/** Minutes and seconds of ms. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const two = (value: number): string => String(value).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

export class Readings {
  private readonly spot = h("b", { id: "spot" });
  private readonly sign = h("i", {});
  private readonly probe = h("b", { id: "probe" });
  private readonly probeRow = h("p", { class: "probe", hidden: true }, h("span", {}, t("probe")), this.probe);
  private readonly rows = h("tbody", {});
  private readonly corrected = h("span", {});
  private readonly next = h("span", {});
  readonly element = h(
    "section",
    { id: "readings", "aria-label": t("readings") },
    h("p", { class: "spot-reading" }, h("span", {}, t("spot")), h("span", { class: "big" }, this.spot, this.sign)),
    this.probeRow,
    h(
      "table",
      {},
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td", {}),
          ...(["max", "mean", "min"] as const).map((key) => h("th", { scope: "col", class: key }, t(key))),
        ),
      ),
      this.rows,
    ),
    h("p", { id: "ffc" }, this.corrected, this.next),
  );

  draw({ frame, telemetry, scale }: Shown, probe: Place | undefined): void {
    const radiometric = telemetry.resolution !== undefined;
    setText(this.spot, radiometric ? scale.number(frame.spot) : "–");
    setText(this.sign, scale.sign);
    this.probeRow.hidden = !probe;
    if (probe) setText(this.probe, scale.text(pixelAt(frame, probe)));
    this.row(
      0,
      t("picture"),
      [frame.max, frame.mean, frame.min].map((count) => scale.number(count)),
    );
    preferences.boxes.forEach((box, i) => {
      const { max, mean, min } = statisticsOf(frame.pixels, box);
      this.row(
        i + 1,
        t("box", { n: i + 1 }),
        [max, mean, min].map((count) => scale.number(count)),
      );
    });
    while (this.rows.childElementCount > preferences.boxes.length + 1) this.rows.lastElementChild?.remove();
    const { ffcAge, ffcDue } = telemetry;
    setText(this.corrected, ffcAge === undefined ? t("ffcNever") : t("ffcAge", { age: clock(ffcAge) }));
    setText(this.next, ffcDue === undefined ? "" : t("ffcNext", { due: clock(ffcDue) }));
  }

  private row(index: number, name: string, values: readonly string[]): void {
    let row = this.rows.children[index];
    if (!row) {
      row = h("tr", {}, h("th", { scope: "row" }), ...values.map(() => h("td", {})));
      this.rows.append(row);
    }
    [name, ...values].forEach((text, i) => setText(row.children[i] as Element, text));
  }
}
