// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/digital";
import type { DigitalOptions } from "embedded:io/digital";
import { BoardLink } from "platforms/linux/board-link";

const Input = 0;
const InputPullUp = 1;
const InputPullDown = 2;
const InputPullUpDown = 3;
const Output = 8;
const OutputOpenDrain = 9;
const Rising = 1;
const Falling = 2;

const modes = new Map<number, "input" | "pull-up" | "pull-down" | "output">([
  [Input, "input"],
  [InputPullUp, "pull-up"],
  [InputPullDown, "pull-down"],
  [InputPullUpDown, "pull-up"],
  [Output, "output"],
  [OutputOpenDrain, "output"],
]);

/** A pin with the ESP32's semantics. The board detects edges, so a pulse between two deliveries calls onReadable once. */
class Digital implements Declared {
  static readonly Input = Input;
  static readonly InputPullUp = InputPullUp;
  static readonly InputPullDown = InputPullDown;
  static readonly InputPullUpDown = InputPullUpDown;
  static readonly Output = Output;
  static readonly OutputOpenDrain = OutputOpenDrain;
  static readonly Rising = Rising;
  static readonly Falling = Falling;

  private link: BoardLink | undefined;
  private readonly output: boolean;
  private readonly inverted: 0 | 1;
  private readonly edge: number;
  private readonly onReadable: ((this: Digital) => void) | undefined;
  private level: 0 | 1;
  private pending = false;
  target?: unknown;

  constructor(options: DigitalOptions) {
    const mode = modes.get(options.mode);
    if (undefined === options.pin) throw new Error("pin is missing");
    if (!mode) throw new RangeError("mode: expected one of the class's modes");
    if (undefined !== options.format && "number" !== options.format) throw new RangeError("format: expected number");
    if (undefined !== options.onReadable && "function" !== typeof options.onReadable)
      throw new TypeError("onReadable: expected a function");
    this.output = "output" === mode;
    this.inverted = options.activeLow ? 1 : 0;
    this.edge = options.edge ?? 0;
    this.onReadable = options.onReadable;
    if (options.onReadable && !this.output && !(this.edge & (Rising | Falling)))
      throw new RangeError("edge: expected Rising, Falling or both");
    const opening: { open: string } & Record<string, string | number> = { open: "digital", pin: options.pin, mode };
    if (this.output) opening.level = (options.initialValue ?? 0) ^ this.inverted;
    this.link = new BoardLink({ opening, onMessage: (type, payload) => this.onMessage(type, payload) });
    this.level = this.link.answer.level ? 1 : 0;
    if ("target" in options) this.target = options.target;
  }
  close(): void {
    this.link?.close();
    this.link = undefined;
  }
  read(): 0 | 1 {
    if (!this.link) throw new SyntaxError("closed");
    if (this.output) throw new Error("can't read output");
    return this.level === this.inverted ? 0 : 1;
  }
  write(value: 0 | 1): void {
    if (!this.link) throw new SyntaxError("closed");
    if (!this.output) throw new Error("can't write input");
    this.link.send("L", Uint8Array.of((Number(value) ? 1 : 0) ^ this.inverted));
  }
  get format(): "number" {
    return "number";
  }
  set format(value: "number") {
    if ("number" !== value) throw new RangeError("format: expected number");
  }

  private onMessage(type: string, payload: ArrayBuffer): void {
    if ("L" !== type || 1 !== payload.byteLength) return;
    const level = new Uint8Array(payload)[0] ? 1 : 0;
    if (level === this.level) return;
    this.level = level;
    // Edges of the value that read() returns: activeLow swaps them.
    const edge = level === this.inverted ? Falling : Rising;
    if (edge & this.edge && !this.pending) this.deliver();
  }
  /** Delivers after all levels that arrived together: edges between two deliveries are merged, as by the interrupt's message. */
  private deliver(): void {
    this.pending = true;
    void Promise.resolve().then(() => {
      this.pending = false;
      if (this.link) this.onReadable?.call(this);
    });
  }
}

export default Digital;
