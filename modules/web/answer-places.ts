// SPDX-License-Identifier: Apache-2.0
import { PLACES } from "./limits";

type Kind = Exclude<keyof typeof PLACES, "websocket">;

/** Counts the long-lived answers of each kind, except WebSockets: the Places of their sessions count these. */
export class AnswerPlaces {
  private readonly taken: Record<Kind, number> = { stream: 0, events: 0 };

  /** @returns the function that frees the place, once; undefined when all are taken */
  take(kind: Kind): (() => void) | undefined {
    if (this.taken[kind] >= PLACES[kind]) return undefined;
    this.taken[kind] += 1;
    let held = true;
    return () => {
      if (held) this.taken[kind] -= 1;
      held = false;
    };
  }
}
