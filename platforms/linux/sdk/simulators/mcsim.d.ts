// SPDX-License-Identifier: Apache-2.0
/** What a description uses of the SDK's mcsim and of Piu, its user interface. @moddable/typings has Piu for devices only. */

interface Coordinates {
  left?: number;
  top?: number;
  width?: number;
  height?: number;
}

declare class Skin {
  constructor(options: { fill: string | readonly string[]; stroke?: string });
}
declare class Style {
  constructor(options: { font: string; color: string; horizontal?: "left" | "center" | "right" });
}
declare class Behavior {}

/** An element of the window, and events that its behaviour gets from Piu. */
interface Content {
  readonly behavior: object;
  state: number;
  string: string;
  /** Milliseconds until `onFinished` after `start`. */
  duration: number;
  time: number;
  start(): void;
  stop(): void;
  captureTouch(id: number, x: number, y: number, ticks: number): void;
  /** Calls the event in this element. */
  delegate(event: string, ...values: unknown[]): void;
  /** Calls the event here and in all elements inside. */
  distribute(event: string, ...values: unknown[]): void;
  /** Calls the event here and further out, until a behaviour returns true. */
  bubble(event: string, ...values: unknown[]): void;
}

interface ContentOptions extends Coordinates {
  skin?: Skin;
  style?: Style;
  string?: string;
  state?: number;
  radius?: number;
  active?: boolean;
  Behavior?: new () => Behavior;
  contents?: readonly Content[];
}

declare const Label: new (data: unknown, options: ContentOptions) => Content;
declare const RoundContent: new (data: unknown, options: ContentOptions) => Content;

declare const application: { readonly behavior: { quitScreen(): void; launchScreen(): void } };

/** Makes elements from the options that it gets the device for. */
type Template = (describe: (device: unknown) => ContentOptions) => new (device: unknown) => Content;

declare module "DevicePane" {
  /** Connects the device's window with the program that runs in it. */
  export class DeviceBehavior extends Behavior {
    onCreate(container: Content, device: unknown): void;
    postMessage(container: Content, message: string): void;
  }
  export const DeviceContainer: { template: Template };
  /** The screen that the program draws on. */
  export const DeviceScreen: new (data: unknown, options: Coordinates & { rotation: number }) => Content;
}

declare module "ControlsPane" {
  interface Row {
    readonly label: string;
  }
  interface SwitchData extends Row {
    /** Event of the device when the switch was moved. */
    readonly event: string;
    /** The switch is property `name` of the device's behaviour. */
    readonly name: string;
    readonly on: string;
    readonly off: string;
    value: boolean;
  }
  interface ButtonData extends Row {
    readonly event?: string;
    readonly eventDown?: string;
    readonly eventUp?: string;
  }
  export const ControlsColumn: { template: Template };
  export const ButtonsRow: new (options: Row & { buttons: readonly ButtonData[] }) => Content;
  export const SwitchRow: new (options: SwitchData) => Content;
  export const InfoRow: new (options: Row & { value: string; name: string }) => Content;
}
