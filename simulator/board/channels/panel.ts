// SPDX-License-Identifier: Apache-2.0
/**
 * The front of the board for a window that shows it: LED, button, mode jumper, reset and power. No part of the hardware
 * that the firmware sees, so it stays open without power. One JSON object a line, both ways.
 */
import type { LedColor } from "../led";
import type { Opener } from "../link";
import { LineReader, LinkError } from "../messages";

/** What the panel shows and moves. */
export interface PanelBoard {
  readonly powered: boolean;
  mode: "wifi" | "serial";
  buttonDown: boolean;
  readonly led: { readonly color: LedColor };
  powerOn(): Promise<void>;
  powerOff(): Promise<void>;
  reset(): Promise<void>;
}

export interface PanelHost {
  readonly board: PanelBoard;
  /** Signals of everything that the panel shows. */
  readonly changes: readonly { subscribe(listener: () => void): () => void }[];
  /** Calls back after board time has passed, in milliseconds. */
  after(ms: number, callback: () => void): void;
}

const LINE_LIMIT = 4096;
/** A click can be shorter than the shortest press that the camera detects. Board time, ms. */
const SHORTEST_PRESS = 200;

export function panelOpener(host: PanelHost): Opener {
  return (_request, connection) => {
    const lines = new LineReader(LINE_LIMIT);
    const show = (): void => connection.write(Buffer.from(`${JSON.stringify(stateOf(host.board))}\n`));
    const endings = host.changes.map((change) => change.subscribe(show));
    const button = new Button(host);
    return {
      answer: stateOf(host.board),
      onData(bytes) {
        for (const line of lines.push(bytes)) if (connection.open) move(host.board, button, parse(line));
      },
      onClose() {
        for (const end of endings) end();
        button.release();
      },
    };
  };
}

function stateOf({ powered, mode, buttonDown, led }: PanelBoard): Readonly<Record<string, unknown>> {
  return { power: powered, mode, button: buttonDown, led: powered ? led.color : "off" };
}

type Move = Readonly<Record<string, unknown>>;

/** @throws LinkError */
function parse(line: string): Move {
  let move: unknown;
  try {
    move = JSON.parse(line);
  } catch {
    move = undefined;
  }
  if (typeof move !== "object" || move === null) throw new LinkError(`${JSON.stringify(line)} is no line of the panel`);
  return move as Move;
}

/** @throws LinkError for what the panel does not have */
function move(board: PanelBoard, button: Button, { button: pressed, mode, power, reset }: Move): void {
  if (typeof pressed === "boolean") button[pressed ? "press" : "release"]();
  else if (typeof power === "boolean") void (power ? board.powerOn() : board.powerOff());
  else if (reset === true) void (board.powered && board.reset());
  else if (mode === "wifi" || mode === "serial") board.mode = mode;
  else throw new LinkError("the panel has no such control");
}

/** The button under a pointer. */
class Button {
  readonly #host: PanelHost;
  #held = false;
  #settling = false;

  constructor(host: PanelHost) {
    this.#host = host;
  }

  press(): void {
    this.#held = true;
    if (this.#settling) return;
    this.#settling = true;
    this.#host.board.buttonDown = true;
    this.#host.after(SHORTEST_PRESS, () => {
      this.#settling = false;
      if (!this.#held) this.#host.board.buttonDown = false;
    });
  }

  release(): void {
    if (!this.#held) return;
    this.#held = false;
    if (!this.#settling) this.#host.board.buttonDown = false;
  }
}
