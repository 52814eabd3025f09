// SPDX-License-Identifier: Apache-2.0
/** What all parts of a soak share: the camera, the seed's random numbers, board time, counts, and the first violation. */
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import type { Random } from "../../simulator/lepton";
import { boardTime, later, pass } from "../device/board-time";
import { Counts, Violation } from "./violations";

export class World {
  readonly counts = new Counts();
  /** The first one ends the soak. */
  violation: Violation | undefined;
  /** Board time of the last change that the LED may follow, in milliseconds. */
  changed = 0;
  /** Open connections that count for the LED. */
  readonly sessions = new Set<object>();
  /** Board time of the last event after which the camera may count clients that have left, in milliseconds. */
  disturbed = 0;
  /** Until this board time a fault replaces pixels that no check of the camera can find. */
  pixelsUncheckedUntil = 0;
  /** Versions that the camera may report. */
  versions: ReadonlySet<string>;

  constructor(
    readonly camera: VirtualCamera,
    readonly random: Random,
    version: string,
  ) {
    this.versions = new Set([version]);
  }

  /** Board time in milliseconds. */
  get now(): number {
    return boardTime(this.camera);
  }

  /** Calls `work` after so many milliseconds of board time. @returns a function that prevents it */
  later(ms: number, work: () => void): () => void {
    return later(this.camera, ms, work);
  }

  /** Resolves after so many milliseconds of board time. */
  pass(ms: number): Promise<void> {
    return pass(this.camera, ms);
  }

  /** A whole number in [least, most). */
  between(least: number, most: number): number {
    return least + this.random.below(most - least);
  }

  oneOf<T>(values: readonly T[]): T {
    return values[this.random.below(values.length)] as T;
  }

  violated(text: string): void {
    this.violation ??= new Violation(this.now, text);
  }

  /** Clients can reach the camera: firmware, WiFi and network are up. */
  get reachable(): boolean {
    const { board } = this.camera;
    if (board.chip.state !== "running" || !(board.network.conditions.reachable ?? true)) return false;
    return this.joined;
  }

  /** A station has joined the camera's access point, or the camera has joined a network. */
  get joined(): boolean {
    const { link, stations } = this.camera.board.radio.describe() as {
      link: { address?: string | null };
      stations: readonly { joined: boolean }[];
    };
    return Boolean(link.address) || stations.some(({ joined }) => joined);
  }
}
