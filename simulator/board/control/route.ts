// SPDX-License-Identifier: Apache-2.0

/** Handlers of one path of the control API; a body is parsed JSON. */
export interface Route {
  get?(query: URLSearchParams): unknown;
  /** @returns the answer; undefined = `{"ok":true}` */
  post?(body: unknown): unknown;
}

/** By path. */
export type Routes = ReadonlyMap<string, Route>;
