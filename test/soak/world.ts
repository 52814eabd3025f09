// SPDX-License-Identifier: Apache-2.0
/** What all parts of a soak share: the camera, the seed's random numbers, board time, counts, and the first violation. */
import { crc32 } from "node:zlib";
import type { VirtualCamera } from "../../simulator/board/virtual-camera";
import type { PowerCutPlan } from "../../simulator/board/storage/power-cut";
import type { Random } from "../../simulator/lepton";
import { boardTime, later, pass } from "../device/board-time";
import { Counts, Violation } from "./violations";

export type UpdateStage = "none" | "requested" | "running";

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
  /** Events of the network that are not over. */
  disturbing = 0;
  /** Board time of the last event that may end a connection, in milliseconds. */
  interrupted = 0;
  /** Until this board time a fault replaces pixels that no check of the camera can find. */
  pixelsUncheckedUntil = 0;
  /** Versions that the camera may run. */
  versions: ReadonlySet<string>;
  /** Numbers of the faults that are raised, by the log. */
  readonly faults = new Set<number>();
  /** By the log. */
  update: UpdateStage = "none";
  /** Resets of the WiFi settings by the button that have begun. */
  wifiResets = 0;
  /** No event presses the button, since an update must not be approved. */
  buttonless = false;
  /** Nothing that restarts the camera is begun, so that its heap is watched for hours. */
  restartless = false;
  /** CRC-32 of the messages and files that clients received, in their order. */
  digest = 0;
  #cutting = false;

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

  received(bytes: Uint8Array | string): void {
    this.digest = crc32(bytes, this.digest);
  }

  /** Since this board time nothing has happened that may end or delay a connection. */
  calmSince(ms: number): boolean {
    return this.disturbing === 0 && this.interrupted < ms && this.disturbed < ms;
  }

  /**
   * Runs `work` with the power cut in a storage operation, and back soon. Without a cut while another plan is pending.
   * @returns true when the power was cut
   */
  async withCut(plan: PowerCutPlan | undefined, work: () => Promise<void>): Promise<boolean> {
    const { board } = this.camera;
    if (plan === undefined || this.#cutting) {
      await work();
      return false;
    }
    this.#cutting = true;
    board.restoreAfter = this.between(1, 2_000);
    board.cut.arm(plan);
    try {
      await work();
      return board.cut.plan === undefined;
    } finally {
      board.cut.arm(undefined);
      board.restoreAfter = undefined;
      this.#cutting = false;
    }
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
