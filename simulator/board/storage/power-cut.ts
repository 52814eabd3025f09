// SPDX-License-Identifier: Apache-2.0
/**
 * Counts every operation that changes the storage, and can cut the power at any of them: run a procedure once to count,
 * then repeat it with a cut at each operation.
 */
export type StorageKind = "flash" | "key-value";

/** The power was cut inside a storage operation: the firmware that requested it gets no answer. */
export class PowerLost extends Error {
  constructor() {
    super("the power was cut");
  }
}

export interface PowerCutPlan {
  /** Number of operations that complete before the cut one. */
  readonly after: number;
  readonly on: StorageKind | "any";
}

export class PowerCut {
  /** Called after the cut operation was done in part: takes the power away. */
  onCut: (kind: StorageKind) => void = () => undefined;
  #counts = { flash: 0, "key-value": 0 };
  #plan: { left: number; readonly on: StorageKind | "any" } | undefined;

  /** Completed operations since the board was made, by kind. */
  get counts(): Readonly<Record<StorageKind, number>> {
    return { ...this.#counts };
  }

  /** The armed plan, with the operations left before the cut. */
  get plan(): PowerCutPlan | undefined {
    return this.#plan && { after: this.#plan.left, on: this.#plan.on };
  }

  /** Replaces the plan; undefined disarms. A cut disarms its plan. */
  arm(plan: PowerCutPlan | undefined): void {
    this.#plan = plan && { left: plan.after, on: plan.on };
  }

  /**
   * Runs one operation, or cuts it.
   * @param whole does all of it
   * @param partial does the part that is done when the power is cut
   * @throws PowerLost when it was cut
   */
  operation(kind: StorageKind, whole: () => void, partial: () => void): void {
    const plan = this.#plan;
    if (plan && (plan.on === "any" || plan.on === kind)) {
      if (plan.left === 0) {
        this.#plan = undefined;
        partial();
        this.onCut(kind);
        throw new PowerLost();
      }
      plan.left -= 1;
    }
    whole();
    this.#counts[kind] += 1;
  }
}
