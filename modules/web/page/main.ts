// SPDX-License-Identifier: Apache-2.0
/** The camera's page: connects, draws each frame, and opens the sheets. */
import type { App, RecordingKind, UpdateProgress } from "./app";
import { Bar, Graph } from "./bar";
import { imageProblem, readDevice, readStatus, sendTime, type Status } from "./camera";
import { compose, composed } from "./compose";
import { Controls } from "./controls";
import { h, save, setText } from "./dom";
import type { Frame } from "./frame";
import { History } from "./history";
import { hasWebSocket, Link, type LinkState } from "./link";
import { stampedName } from "./names";
import { colours } from "./palette";
import { Panel } from "./panel";
import { preferences, savePreferences } from "./preferences";
import { Readings } from "./readings";
import { DataRecorder, type Recorder, VideoRecorder } from "./recorder";
import { type Shown, show } from "./shown";
import { failure } from "./sheets/report";
import { updateText } from "./sheets/update";
import { resolutionOf } from "./telemetry";
import { chooseLanguage, t } from "./texts";
import { BOXES, palette, View } from "./view";

/** ms without a frame after which the page asks for the reason. */
const STALLED = 2_500;
const TICK = 500;
const MESSAGE = 4_000;
/** Attempts to connect after which the page asks whether the camera is there. */
const REFUSED = 2;

/** Light colours: index.html gives the media of the system's choice. */
const light = document.querySelector("style[media]") as HTMLStyleElement;
const LIGHT_MEDIA = { auto: light.media, light: "all", dark: "not all" } as const;

class Page implements App {
  readonly language = chooseLanguage(preferences.language === "auto" ? navigator.languages : [preferences.language]);
  readonly link: Link;
  readonly view = new View(() => this.moved());
  status: Status | undefined;
  shown: Shown | undefined;
  update: UpdateProgress | undefined;
  restarting = false;
  recording: RecordingKind | undefined;
  private recorder: Recorder | undefined;
  private readonly bar = new Bar();
  private readonly graph = new Graph();
  private readonly history = new History();
  private readonly readings = new Readings();
  private readonly name = h("h1", {}, "tCam-Mini");
  private readonly state = h("p", { id: "state", role: "status" });
  private readonly controls: Controls;
  private readonly panel: Panel;
  private frozen = false;
  private latest: Frame | undefined;
  private scheduled = false;
  /** The graph does not show the newest sample, or another thing that has changed. */
  private graphDue = true;
  /** ms of the page's clock at which the latest frame came. */
  private frameAt = performance.now();
  /** No frame has come since the link is open. */
  private waiting = true;
  private problem: string | undefined;
  private asking = false;
  /** The camera answers, but takes no WebSocket. */
  private full = false;
  /** A correction that this page has asked for runs. */
  private correcting = false;
  private passing: string | undefined;
  private passingTimer: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    // First of all: the connection takes as long as the rest.
    this.link = new Link({ state: (state) => this.linkChanged(state), frame: (frame) => this.arrived(frame) });
    this.panel = new Panel(this, () => this.changed());
    this.controls = new Controls([
      { name: "freeze", icon: "freeze", label: t("freeze"), key: " ", act: () => this.freeze() },
      { name: "files", icon: "files", label: t("files"), key: "s", act: () => this.panel.open("files", true) },
      {
        name: "record",
        icon: "record",
        label: t("record"),
        key: "r",
        act: () => this.record(this.recording ?? "video"),
      },
      { name: "correct", icon: "ffc", label: t("ffc"), key: "c", act: () => void this.correct() },
      { name: "add", icon: "box", label: t("addBox"), key: "b", act: () => this.addBox() },
      { name: "graph", icon: "graph", label: t("graph"), key: "g", act: () => this.toggleGraph() },
      { name: "display", icon: "display", label: t("display"), key: "d", act: () => this.panel.open("display", true) },
      { name: "full", icon: "full", label: t("fullScreen"), key: "f", act: () => this.fullScreen() },
      { name: "menu", icon: "menu", label: t("menu"), key: "m", act: () => this.panel.open("camera", true) },
    ]);
    this.build();
    this.changed();
    setInterval(() => this.tick(), TICK);
    addEventListener("resize", () => this.redrawAll());
    matchMedia(LIGHT_MEDIA.auto).addEventListener("change", () => this.redrawAll());
    new ResizeObserver(() => this.drawGraph()).observe(this.graph.element);
    document.addEventListener("visibilitychange", () => this.stream());
  }

  changed(): void {
    savePreferences();
    const { classList } = document.documentElement;
    light.media = LIGHT_MEDIA[preferences.theme];
    classList.toggle("with-graph", this.withGraph);
    classList.toggle("with-panel", this.panel.isOpen);
    this.controls.set("graph", this.withGraph);
    this.redrawAll();
    this.refreshState();
  }

  get withGraph(): boolean {
    return preferences.graph ?? innerHeight > 1.9 * innerWidth;
  }

  savePicture(): void {
    if (!this.compose()) return this.say(t("noFrame"));
    composed.toBlob((blob) => blob && save(stampedName(this.status, "png"), blob), "image/png");
  }

  record(kind: RecordingKind): void {
    const { recorder } = this;
    if (recorder) {
      this.recorder = this.recording = undefined;
      void recorder.stop().then((blob) => save(stampedName(this.status, recorder.suffix), blob));
    } else if (kind === "video" && !VideoRecorder.possible) return this.say(t("noVideo"));
    else {
      this.compose();
      this.recorder = kind === "video" ? new VideoRecorder(composed) : new DataRecorder();
      this.recording = kind;
    }
    this.refreshState();
  }

  say(text: string): void {
    this.passing = text;
    clearTimeout(this.passingTimer);
    this.passingTimer = setTimeout(() => {
      this.passing = undefined;
      this.refreshState();
    }, MESSAGE);
    this.refreshState();
  }

  refreshState(): void {
    const [state, text] = this.describe();
    const { dataset } = document.documentElement;
    if (dataset["state"] !== state) dataset["state"] = state;
    setText(this.state, text ?? "");
    this.state.hidden = text === undefined;
    this.controls.set("freeze", this.frozen, this.frozen ? t("resume") : t("freeze"), this.frozen ? "live" : "freeze");
    this.controls.set("record", this.recording !== undefined, this.recording ? t("stopRecording") : t("record"));
    this.panel.refresh();
  }

  /** The state by a name and in words; no words while everything is as it should be. */
  private describe(): [state: string, text?: string] {
    const { link, shown, passing, recorder } = this;
    if (passing !== undefined) return ["message", passing];
    const update = updateText(this);
    if (update) return ["update", update];
    if (!hasWebSocket) return ["unsupported", t("noWebSocket", { address: location.origin })];
    if (link.state !== "open") {
      if (this.restarting) return ["restarting", t("restarting")];
      if (this.full) return ["full", t("full")];
      return shown ? ["lost", t("lost")] : ["connecting", t("connecting")];
    }
    if (this.problem !== undefined)
      return ["no-sensor", [t(shown ? "stalled" : "noSensor"), this.problem].filter(Boolean).join(": ")];
    if (this.correcting) return ["ffc", t("ffcRunning")];
    if (!shown || this.waiting) return ["waiting", t("noFrame")];
    if (this.frozen) return ["frozen", t("frozen")];
    const { ffc, resolution } = shown.telemetry;
    if (ffc === "running") return ["ffc", t("ffcRunning")];
    if (ffc === "imminent") return ["ffc", t("ffcImminent")];
    if (shown.frame.disturbed) return ["ffc", t("disturbed")];
    if (recorder) return ["recording", t("recording", { count: recorder.frames })];
    if (shown.frame.agc) return ["agc", t("noTemperatures")];
    return resolution === undefined ? ["counts", t("counts")] : ["live"];
  }

  private build(): void {
    document.documentElement.lang = this.language;
    document.body.replaceChildren(
      h(
        "main",
        { id: "app" },
        this.view.element,
        this.state,
        h("div", { id: "rail" }, h("header", { id: "head" }, this.name), this.readings.element, this.bar.element),
        this.graph.element,
        this.controls.element,
      ),
      this.panel.element,
    );
  }

  private linkChanged(state: LinkState): void {
    // The first change comes from the constructor of the link, before the page is there.
    if (!this.panel) return;
    if (state === "open") void this.greet();
    this.refreshState();
  }

  private async greet(): Promise<void> {
    const { link } = this;
    this.frameAt = performance.now();
    this.problem = undefined;
    this.full = false;
    this.waiting = true;
    this.stream();
    try {
      const status = readStatus(link);
      void sendTime(link).catch(() => undefined);
      this.status = await status;
    } catch {
      return; // the link is lost again
    }
    setText(this.name, this.status.Camera);
    document.title = this.status.Camera;
    const { update } = this;
    this.restarting = false;
    if (update?.phase === "restarting") {
      this.update = undefined;
      this.say(this.status.Update ?? t("updateDone", { version: this.status.Version }));
    } else if (this.status.Update) this.say(this.status.Update);
    this.refreshState();
  }

  /** Frames are wanted while the page can be seen, and while they are recorded. */
  private stream(): void {
    const wanted = !document.hidden || this.recorder !== undefined;
    void this.link.command(wanted ? "stream_on" : "stream_off").catch(() => undefined);
  }

  private arrived(frame: Frame): void {
    this.frameAt = performance.now();
    this.problem = undefined;
    this.waiting = false;
    this.latest = frame;
    this.remember(frame);
    if (this.recorder && this.status) this.recorder.add(frame, this.status, new Date());
    if (this.recording === "video") {
      // At once: the screen draws later, and never while the page is hidden.
      this.refresh();
      this.compose();
    } else if (!this.frozen) this.redrawLater();
  }

  /** Draws with the next picture of the screen: only the newest of frames that come in a bunch. */
  private redrawLater(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.refresh();
    });
  }

  private refresh(): void {
    this.redraw();
    this.refreshState();
  }

  private redrawAll(): void {
    this.graphDue = true;
    this.redraw();
  }

  private redraw(): void {
    const frame = this.frozen ? this.shown?.frame : this.latest;
    if (!frame) return;
    const shown = (this.shown = show(frame, preferences, this.language));
    this.view.draw(shown);
    this.bar.draw(shown, palette());
    this.readings.draw(shown, this.view.probe);
    if (this.graphDue) this.drawGraph();
  }

  private moved(): void {
    if (this.shown) this.readings.draw(this.shown, this.view.probe);
    this.panel?.refresh();
  }

  private remember(frame: Frame): void {
    const resolution = resolutionOf(frame.telemetry, frame.agc);
    if (resolution === undefined || frame.disturbed) return;
    const added = this.history.add({
      at: this.frameAt,
      spot: frame.spot * resolution,
      min: frame.min * resolution,
      max: frame.max * resolution,
    });
    if (added) this.graphDue = true;
  }

  private drawGraph(): void {
    if (!this.shown || !this.withGraph) return;
    this.graphDue = false;
    this.graph.draw(this.history.samples, this.shown.scale);
  }

  private compose(): boolean {
    const { shown, view, status } = this;
    if (!shown) return false;
    const time = new Date().toLocaleString(this.language, { dateStyle: "medium", timeStyle: "medium" });
    compose(view.canvas, shown, colours(palette()), {
      camera: status?.Camera ?? "tCam-Mini",
      time,
      probe: view.probe,
    });
    return true;
  }

  private freeze(): void {
    this.frozen = !this.frozen && this.shown !== undefined;
    this.refresh();
  }

  private async correct(): Promise<void> {
    this.correcting = true;
    this.refreshState();
    let outcome = t("ffcDone");
    try {
      await this.link.command("run_ffc");
    } catch (error) {
      outcome = failure(error);
    }
    this.correcting = false;
    this.say(outcome);
  }

  private addBox(): void {
    if (!this.view.addBox()) this.say(t("boxesFull", { count: BOXES }));
  }

  private toggleGraph(): void {
    preferences.graph = !this.withGraph;
    this.changed();
  }

  private fullScreen(): void {
    const { fullscreenElement, documentElement } = document;
    void (fullscreenElement ? document.exitFullscreen() : documentElement.requestFullscreen?.())?.catch(
      () => undefined,
    );
  }

  private tick(): void {
    const silent = this.link.state === "open" && performance.now() - this.frameAt > STALLED;
    if (silent && !document.hidden && !this.asking && !this.update) void this.ask();
    if (this.link.refused >= REFUSED && !document.hidden && !this.asking) void this.askPlaces();
    this.refreshState();
  }

  /** Asks for the reason why no frame comes. */
  private async ask(): Promise<void> {
    this.asking = true;
    const problem = await imageProblem();
    this.asking = false;
    if (performance.now() - this.frameAt > STALLED) this.problem = problem ?? "";
    this.refreshState();
  }

  /** Asks whether the camera is there although it takes no WebSocket. */
  private async askPlaces(): Promise<void> {
    this.asking = true;
    const { faults } = await readDevice();
    this.asking = false;
    this.full = faults !== undefined && this.link.refused >= REFUSED;
    this.refreshState();
  }
}

new Page();
