// SPDX-License-Identifier: Apache-2.0
/**
 * The firmware's side of the window that the SDK's simulator shows (simulators/tcam-mini.ts): passes the board's state
 * and the window's controls on, draws the live picture, and starts the firmware when the board has power. The SDK runs
 * modules in `setup` before `main`.
 */
import { BoardLink } from "platforms/linux/board-link";

/** The SDK's screen: in mcsim the window's, otherwise of no size. */
declare const screen: {
  readonly width: number;
  onMessage: (message: string) => void;
  postMessage(message: string): void;
};

/** Draws each frame on the screen. */
class LivePicture extends Native("xs_livepicture_destructor") {
  constructor() {
    super();
    native("xs_livepicture").call(this);
  }
}

/** The control API has another port than usual: xsbug has 5002. */
const HOW_TO_START =
  "run `npm run mcsim`, or start a board with `npm start -- --no-firmware --control 5003` and export the variables that it prints";

/** @param done starts the firmware */
export default function (done: () => void): void {
  let started = false;
  const show = (state: string): void => {
    screen.postMessage(state);
    if (started || !(JSON.parse(state) as { power: boolean }).power) return;
    started = true;
    done();
  };
  // Asked first, as an exception would stop in the debugger.
  if (!native("xs_panel_has_board").call(undefined)) return withoutBoard("TCAM_BOARD is not set", done);
  let panel: BoardLink;
  try {
    panel = openPanel(show);
  } catch (error) {
    return withoutBoard((error as Error).message, done);
  }
  screen.onMessage = (message) => panel.sendLine(message);
  new LivePicture();
  show(JSON.stringify(panel.answer));
}

const openPanel = (onLine: (line: string) => void): BoardLink =>
  new BoardLink({ opening: { open: "panel" }, onLine, onClose: () => native("xs_system_end").call(undefined) });

/** Without a window the firmware starts all the same: it reports the reason, and ends. */
const withoutBoard = (reason: string, done: () => void): void => {
  trace(`no virtual board (${reason}): ${HOW_TO_START}\n`);
  screen.postMessage(JSON.stringify({ problem: "no virtual board: see the log" }));
  if (!screen.width) done();
};
