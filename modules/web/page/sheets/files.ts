// SPDX-License-Identifier: Apache-2.0
import type { App, RecordingKind, Sheet } from "../app";
import { h, setText } from "../dom";
import { button } from "../form";
import { VideoRecorder } from "../recorder";
import { t, type Texts } from "../texts";
import { stampedName } from "../names";

const FORMATS = ["tjsn", "tiff", "csv", "npy", "raw", "png16"] as const satisfies readonly (keyof Texts)[];
const SUFFIX: Readonly<Record<string, string>> = { png16: "png" };

export function filesSheet(app: App): Sheet {
  const links = FORMATS.map((format) =>
    h(
      "a",
      {
        class: "file",
        href: `/image.${format}`,
        download: "",
        onclick: ({ currentTarget }: MouseEvent) => {
          (currentTarget as HTMLAnchorElement).download = stampedName(app.status, SUFFIX[format] ?? format);
        },
      },
      h("b", {}, `.${SUFFIX[format] ?? format}`),
      h("span", {}, t(format)),
    ),
  );
  const kinds: readonly RecordingKind[] = ["video", "data"];
  const recorders = kinds.map((kind) => {
    const control = button(t(kind), () => app.record(kind));
    control.disabled = kind === "video" && !VideoRecorder.possible;
    return control;
  });
  const element = h(
    "div",
    {},
    h("h3", {}, t("shownFrame")),
    button(t("savePng"), () => app.savePicture(), "main"),
    h("h3", {}, t("nextFrame")),
    h("div", { class: "files" }, ...links),
    h("h3", {}, t("recordings")),
    h("div", { class: "pair" }, ...recorders),
    VideoRecorder.possible ? undefined : h("small", {}, t("noVideo")),
    h("h3", {}, t("otherPrograms")),
    h(
      "ul",
      { class: "links" },
      h("li", {}, h("a", { href: "/snapshot.jpg", target: "_blank" }, "/snapshot.jpg"), h("span", {}, t("jpeg"))),
      h("li", {}, h("a", { href: "/stream.mjpg", target: "_blank" }, "/stream.mjpg"), h("span", {}, t("mjpeg"))),
    ),
  );
  const refresh = (): void =>
    recorders.forEach((control, i) => {
      const active = app.recording === kinds[i];
      setText(control, active ? t("stopRecording") : t(kinds[i] as RecordingKind));
      control.classList.toggle("active", active);
    });
  refresh();
  return { element, refresh };
}
