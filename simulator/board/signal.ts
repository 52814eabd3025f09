// SPDX-License-Identifier: Apache-2.0
/** A typed event with any number of listeners. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** @returns a function that ends the subscription */
  subscribe(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** There are listeners: what is costly to compute is computed only then. */
  get heard(): boolean {
    return this.#listeners.size > 0;
  }

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}
