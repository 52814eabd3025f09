// SPDX-License-Identifier: Apache-2.0

/** Events by name, each with the arguments of its listeners. */
export type EventMap<E> = { readonly [K in keyof E]: readonly unknown[] };

/** Something that reports events. */
export interface Observable<E extends EventMap<E>> {
  /** Adds a listener. Listeners are called synchronously, in the order in which they were added. */
  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): void;
}

/** Base class of the parts that report events. An error of a listener reaches the part that reports. */
export class Emitter<E extends EventMap<E>> implements Observable<E> {
  private readonly listeners = new Map<keyof E, ((...args: never) => void)[]>();

  on<K extends keyof E>(event: K, listener: (...args: E[K]) => void): void {
    const listeners = this.listeners.get(event);
    if (listeners) listeners.push(listener);
    else this.listeners.set(event, [listener]);
  }

  protected emit<K extends keyof E>(event: K, ...args: E[K]): void {
    const listeners = this.listeners.get(event) as ((...args: E[K]) => void)[] | undefined;
    if (listeners) for (const listener of listeners) listener(...args);
  }
}
