// SPDX-License-Identifier: Apache-2.0

/** Native classes can be imported on Node, but not constructed. */
Object.assign(globalThis, {
  Native: (name: string) =>
    class {
      constructor() {
        throw new Error(`${name} is native`);
      }
    },
});
