// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/digital" {
  import type { PinSpecifier } from "embedded:io/_common";

  export interface DigitalOptions {
    pin: PinSpecifier;
    /** One of the class's mode constants. */
    mode: number;
    /** Digital.Rising, Digital.Falling or both: which edges call onReadable. */
    edge?: number;
    activeLow?: boolean;
    initialValue?: 0 | 1;
    /** Called after an edge; further edges before it runs are merged into one call. */
    onReadable?: (this: Digital) => void;
    format?: "number";
    target?: unknown;
  }

  class Digital {
    static readonly Input: number;
    static readonly InputPullUp: number;
    static readonly InputPullDown: number;
    static readonly InputPullUpDown: number;
    static readonly Output: number;
    static readonly OutputOpenDrain: number;
    static readonly Rising: number;
    static readonly Falling: number;

    constructor(options: DigitalOptions);
    /** Throws on an input. */
    write(value: 0 | 1): void;
    /** Throws on an output. */
    read(): 0 | 1;
    close(): void;
    get format(): "number";
    set format(value: "number");
  }

  export default Digital;
}
