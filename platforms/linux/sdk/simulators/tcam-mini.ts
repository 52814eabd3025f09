// SPDX-License-Identifier: Apache-2.0
/**
 * The tCam-Mini in the window of the SDK's mcsim: a drawing of the board with its LED, button, mode jumper and power, and
 * a screen, which the real board does not have, with the live picture. Talks to setup/panel.ts in the firmware, in the
 * lines of the board's `panel` (docs/board-link.md).
 */
import { ButtonsRow, ControlsColumn, InfoRow, SwitchRow } from "ControlsPane";
import { DeviceBehavior, DeviceContainer, DeviceScreen } from "DevicePane";

/** Between the end of the firmware and its next start, as for a bootloader. */
const RESTART_MS = 250;

/** States of LED's skin. */
const LED_STATES: Readonly<Record<string, number>> = { off: 0, red: 1, green: 2, yellow: 3 };

interface Board {
  readonly power: boolean;
  readonly mode: "wifi" | "serial";
  readonly button: boolean;
  readonly led: string;
}

interface SwitchContent extends Content {
  readonly behavior: { readonly data: { value: boolean } };
}

class CameraBehavior extends DeviceBehavior {
  reloadOnAbort = true;
  private board: Board | undefined;
  /** Moves of the controls while no firmware ran that could pass them on. */
  private waiting: object[] = [];
  // Set by the rows of the controls.
  declare POWER: SwitchContent;
  declare MODE: SwitchContent;
  declare STATUS: Content;

  onMessage(container: Content, message: string): void {
    const state = JSON.parse(message) as Board | { readonly problem: string };
    if ("problem" in state) return this.showStatus(state.problem);
    this.board = state;
    for (const move of this.waiting.splice(0)) this.send(container, move);
    this.showStatus(state.power ? "on" : "without power");
    show(this.POWER, state.power);
    show(this.MODE, state.mode === "serial");
    container.distribute("onBoard", state);
  }

  /** The firmware has ended: it was reset, restarts, has lost its power or its board, or has crashed. */
  onAbort(container: Content): boolean {
    application.behavior.quitScreen();
    if (this.board) container.distribute("onBoard", { ...this.board, power: false, button: false, led: "off" });
    this.board = undefined;
    this.showStatus("ended");
    if (this.reloadOnAbort) {
      container.stop();
      container.duration = RESTART_MS;
      container.time = 0;
      container.start();
    }
    return true;
  }

  onFinished(container: Content): void {
    container.stop();
    application.behavior.launchScreen();
  }

  // From the drawing and the controls.

  onButtonDown(container: Content): void {
    this.send(container, { button: true });
  }
  onButtonUp(container: Content): void {
    this.send(container, { button: false });
  }
  onResetTap(container: Content): void {
    if (this.board) this.send(container, { reset: true });
    else this.onFinished(container);
  }
  onPowerTap(container: Content): void {
    this.send(container, { power: !this.board?.power });
  }
  onPowerChanged(container: Content, { value }: { value: boolean }): void {
    this.send(container, { power: value });
  }
  onModeTap(container: Content): void {
    this.send(container, { mode: this.board?.mode === "serial" ? "wifi" : "serial" });
  }
  onModeChanged(container: Content, { value }: { value: boolean }): void {
    this.send(container, { mode: value ? "serial" : "wifi" });
  }
  onReloadChanged(_container: Content, { value }: { value: boolean }): void {
    this.reloadOnAbort = value;
  }

  private send(container: Content, move: object): void {
    if (this.board) this.postMessage(container, JSON.stringify(move));
    else this.waiting.push(move);
  }
  private showStatus(text: string): void {
    this.STATUS.string = text;
  }
}

const show = (control: SwitchContent, value: boolean): void => {
  control.behavior.data.value = value;
  control.delegate("onDataChanged");
};

// The drawing

const LIGHT_TEXT = new Style({ font: "12px Open Sans", color: "#dfe8e2", horizontal: "center" });
const DARK_TEXT = new Style({ font: "12px Open Sans", color: "#30343a", horizontal: "center" });

const text = (string: string, style: Style, left: number, top: number, width: number): Content =>
  new Label(null, { left, top, width, height: 18, style, string });

const block = (fill: string, left: number, top: number, width: number, height: number, radius = 3): Content =>
  new RoundContent(null, { left, top, width, height, radius, skin: new Skin({ fill }) });

class LedBehavior extends Behavior {
  onBoard(content: Content, { led }: Board): void {
    content.state = LED_STATES[led] ?? 0;
  }
}

/** Passes a touch on to the device as events. */
abstract class PartBehavior extends Behavior {
  abstract readonly down: string | undefined;
  abstract readonly up: string;

  onTouchBegan(content: Content, id: number, x: number, y: number, ticks: number): void {
    content.captureTouch(id, x, y, ticks);
    if (this.down) content.bubble(this.down);
  }
  onTouchEnded(content: Content): void {
    content.bubble(this.up);
  }
  onTouchCancelled(content: Content): void {
    if (this.down) content.bubble(this.up);
  }
}

class ButtonBehavior extends PartBehavior {
  readonly down = "onButtonDown";
  readonly up = "onButtonUp";
  onBoard(content: Content, { button }: Board): void {
    content.state = button ? 1 : 0;
  }
}

/** The jumper's cap, which is in one of two places. */
abstract class JumperBehavior extends PartBehavior {
  readonly down = undefined;
  readonly up = "onModeTap";
  abstract readonly place: Board["mode"];
  onBoard(content: Content, { mode }: Board): void {
    content.state = mode === this.place ? 1 : 0;
  }
}
class WifiJumperBehavior extends JumperBehavior {
  readonly place = "wifi";
}
class SerialJumperBehavior extends JumperBehavior {
  readonly place = "serial";
}

class PowerBehavior extends PartBehavior {
  readonly down = undefined;
  readonly up = "onPowerTap";
  onBoard(content: Content, { power }: Board): void {
    content.state = power ? 1 : 0;
  }
}

const jumper = (left: number, Behavior: new () => Behavior, state: number): Content =>
  new RoundContent(null, {
    left,
    top: 422,
    width: 36,
    height: 30,
    radius: 3,
    active: true,
    state,
    skin: new Skin({ fill: ["transparent", "#16181a"] }),
    Behavior,
  });

const WIDTH = 520;
const HEIGHT = 540;
/** Three times the frame. */
const SCREEN = { left: 20, top: 20, width: 480, height: 360 } as const;

const drawing = (device: unknown): readonly Content[] => [
  block("#12503a", 0, 0, WIDTH, HEIGHT, 14),
  block("#0a0d0c", 12, 12, 496, 376, 6),
  new DeviceScreen(device, { ...SCREEN, rotation: 0 }),
  // ESP32 module
  block("#1d2420", 20, 404, 150, 116),
  block("#c3c7ca", 24, 424, 142, 92),
  text("ESP32", DARK_TEXT, 24, 461, 142),
  // Lepton
  block("#17191b", 188, 410, 104, 104, 6),
  block("#2b2f33", 206, 418, 68, 68, 34),
  block("#07070c", 220, 432, 40, 40, 20),
  text("Lepton", LIGHT_TEXT, 188, 491, 104),
  // LED
  block("#e8e6df", 318, 412, 38, 38, 4),
  new RoundContent(null, {
    left: 323,
    top: 417,
    width: 28,
    height: 28,
    radius: 14,
    skin: new Skin({ fill: ["#6b6f6a", "#ff2a18", "#12d83c", "#ffc800"] }),
    Behavior: LedBehavior,
  }),
  text("LED", LIGHT_TEXT, 308, 450, 58),
  // Button
  block("#b9bdc1", 312, 470, 50, 46, 4),
  new RoundContent(null, {
    left: 321,
    top: 477,
    width: 32,
    height: 32,
    radius: 16,
    active: true,
    skin: new Skin({ fill: ["#202326", "#59626b"] }),
    Behavior: ButtonBehavior,
  }),
  // Mode jumper
  block("#d8b24a", 399, 426, 6, 22, 1),
  block("#d8b24a", 419, 426, 6, 22, 1),
  block("#d8b24a", 439, 426, 6, 22, 1),
  jumper(394, WifiJumperBehavior, 1),
  jumper(414, SerialJumperBehavior, 0),
  text("WiFi", LIGHT_TEXT, 376, 402, 50),
  text("serial", LIGHT_TEXT, 420, 402, 60),
  // USB plug: the power
  new RoundContent(null, {
    left: 396,
    top: 478,
    width: 84,
    height: 62,
    radius: 4,
    active: true,
    skin: new Skin({ fill: ["#7d8387", "#d4d8db"] }),
    Behavior: PowerBehavior,
  }),
  text("USB", DARK_TEXT, 396, 500, 84),
];

export default {
  applicationName: ".*/tcam-mini",
  title: "tCam-Mini",
  Workers: {},
  ControlsTemplate: ControlsColumn.template(() => ({
    contents: [
      new InfoRow({ label: "Camera", name: "STATUS", value: "" }),
      new ButtonsRow({
        label: "Button",
        buttons: [{ label: "Press", eventDown: "onButtonDown", eventUp: "onButtonUp" }],
      }),
      new ButtonsRow({ label: "Reset", buttons: [{ label: "Reset", event: "onResetTap" }] }),
      new SwitchRow({ label: "Power", name: "POWER", event: "onPowerChanged", on: "On", off: "Off", value: false }),
      new SwitchRow({ label: "Mode jumper", name: "MODE", event: "onModeChanged", on: "Serial", off: "WiFi", value: false }), // prettier-ignore
      new SwitchRow({ label: "Reload On Abort", name: "RELOAD", event: "onReloadChanged", on: "Yes", off: "No", value: true }), // prettier-ignore
    ],
  })),
  DeviceTemplates: {
    0: DeviceContainer.template((device) => ({
      width: WIDTH,
      height: HEIGHT,
      Behavior: CameraBehavior,
      contents: drawing(device),
    })),
  },
};
