// SPDX-License-Identifier: Apache-2.0
/**
 * Counts every operation that changes what the camera remembers, and can take the power away at any one of them:
 * run a procedure once counting, then again cutting at each operation.
 */
export type StorageKind = "flash" | "key-value";

/** The power went away inside a storage operation: the firmware that asked for it has no power either. */
export class PowerLost extends Error {
  constructor() {
    super("the power was cut");
  }
}

export interface PowerCutPlan {
  /** This many further operations are done whole; the one after them is cut. */
  readonly after: number;
  readonly on: StorageKind | "any";
}

export class PowerCut {
  /** Called after the cut operation has left its mark: takes the power away. */
  onCut: (kind: StorageKind) => void = () => undefined;
  #counts = { flash: 0, "key-value": 0 };
  #plan: { left: number; readonly on: StorageKind | "any" } | undefined;

  /** Operations done whole since the board was made, by kind. */
  get counts(): Readonly<Record<StorageKind, number>> {
    return { ...this.#counts };
  }

  /** What is armed now, with the operations left before the cut. */
  get plan(): PowerCutPlan | undefined {
    return this.#plan && { after: this.#plan.left, on: this.#plan.on };
  }

  /** Replaces the plan; undefined disarms. A plan is used up by its cut. */
  arm(plan: PowerCutPlan | undefined): void {
    this.#plan = plan && { left: plan.after, on: plan.on };
  }

  /**
   * Runs one operation, or cuts it.
   * @param whole does it
   * @param partial what is left of it when the power goes away inside it
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
