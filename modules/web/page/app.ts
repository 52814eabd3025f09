// SPDX-License-Identifier: Apache-2.0
import type { Status } from "./camera";
import type { Link } from "./link";
import type { Shown } from "./shown";
import type { View } from "./view";

/** An update that was begun on this page. */
export interface UpdateProgress {
  /** Waits for the button; writes; the camera restarts with the new firmware. */
  phase: "button" | "writing" | "restarting";
  percent: number;
  version: string;
}

export type RecordingKind = "video" | "data";

/** What the sheets need of the page. */
export interface App {
  readonly link: Link;
  readonly view: View;
  readonly language: string;
  readonly status: Status | undefined;
  readonly shown: Shown | undefined;
  readonly recording: RecordingKind | undefined;
  readonly withGraph: boolean;
  update: UpdateProgress | undefined;
  /** The camera restarts because of this page: the loss of the connection is expected. */
  restarting: boolean;
  /** Draws again after a preference has changed, and keeps the preferences. */
  changed(): void;
  savePicture(): void;
  record(kind: RecordingKind): void;
  /** Shows a passing message over the picture. */
  say(text: string): void;
  /** Shows the state of page and camera in words. */
  refreshState(): void;
}

/** A sheet's content; `refresh` is called with every frame, and on changes of the connection. */
export interface Sheet {
  readonly element: HTMLElement;
  refresh?(): void;
  close?(): void;
}
