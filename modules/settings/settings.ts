// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { messageOf, type Log } from "modules/log/log";
import { Fault, type FaultSink } from "modules/status/fault";
import { type KeyValueStore, SettingsGroup } from "./group";
import { ORIGINAL_NAMESPACE, originalCamera, originalWifi } from "./original";
import type { ReadableStore } from "./store";
import { CAMERA_SETTINGS, type CameraConfig, wifiTable, type WifiSettings } from "./table";

export { type KeyValueStore, SettingsGroup, StorageError } from "./group";
export { FLAG_CLIENT, FLAG_ENABLED, FLAG_STATIC, FLAGS_STORED, type CameraConfig, type WifiSettings } from "./table";

const NAMESPACE = "tcam";

/** The shape of `embedded:storage/key-value`. */
export interface KeyValueStorage {
  open(options: { path: string; mode?: "r" | "r+"; format: "string" }): KeyValueStore;
  open(options: { path: string; mode?: "r" | "r+"; format: "buffer" }): ReadableStore & { close(): void };
}

export interface SettingsOptions {
  storage: KeyValueStorage;
  /** The default name of this camera. */
  cameraName: string;
  log: Log;
  faults: FaultSink;
}

/**
 * All stored settings of the camera. Reads come from memory; a write is stored when it returns (NVS writes take
 * milliseconds). A store that is missing, damaged or older never keeps the camera from starting.
 */
export class Settings {
  readonly camera: SettingsGroup<CameraConfig>;
  readonly wifi: SettingsGroup<WifiSettings>;

  static open(context: Context, board: { readonly keyValue: KeyValueStorage }, cameraName: string): Settings {
    const storage = board.keyValue;
    return context.startup.step("settings", () => new Settings({ ...context.part("settings"), storage, cameraName }));
  }

  constructor({ storage, cameraName, log, faults }: SettingsOptions) {
    const store = openStore(storage, log, faults);
    const onUnread = faultOfGroups(faults);
    this.camera = new SettingsGroup<CameraConfig>("camera", CAMERA_SETTINGS, store, {
      log,
      older: () => fromOriginal(storage, originalCamera, log),
      onUnread: onUnread("camera"),
    });
    this.wifi = new SettingsGroup<WifiSettings>("wifi", wifiTable(cameraName), store, {
      log,
      older: () => fromOriginal(storage, originalWifi, log),
      onUnread: onUnread("wifi"),
    });
  }
}

/** Settings in memory for the hardware interface: start with the stored values, and lose changes at the next start. */
export class VolatileSettings<T extends object> {
  private values: Readonly<T>;

  constructor(group: { read(): Readonly<T> }) {
    this.values = group.read();
  }

  read(): Readonly<T> {
    return this.values;
  }

  write(change: Partial<T>): void {
    this.values = { ...this.values, ...change };
  }
}

const openStore = (storage: KeyValueStorage, log: Log, faults: FaultSink): KeyValueStore | undefined => {
  try {
    return storage.open({ path: NAMESPACE, mode: "r+", format: "string" });
  } catch (error) {
    const reason = `settings cannot be stored: ${messageOf(error)}`;
    log.error(reason);
    faults.raise(Fault.Storage, reason);
    return undefined;
  }
};

/** Raises fault 2 while any group cannot be read. */
const faultOfGroups = (faults: FaultSink): ((group: string) => (reason: string | undefined) => void) => {
  const reasons = new Map<string, string>();
  return (group) => (reason) => {
    if (reason === undefined) reasons.delete(group);
    else reasons.set(group, `${group}: stored settings cannot be read: ${reason}`);
    const [left] = reasons.values();
    if (left === undefined) faults.clear(Fault.Storage);
    else faults.raise(Fault.Storage, left);
  };
};

/** @throws the store's error if the original's settings exist and cannot be read */
const fromOriginal = <T>(
  storage: KeyValueStorage,
  read: (store: ReadableStore) => T | undefined,
  log: Log,
): T | undefined => {
  const store = openOriginal(storage);
  if (!store) return undefined;
  try {
    const values = read(store);
    if (values) log.info("imported the settings of the original firmware");
    return values;
  } finally {
    store.close();
  }
};

/** Undefined if there is no such namespace: this camera never ran the original firmware. */
const openOriginal = (storage: KeyValueStorage): (ReadableStore & { close(): void }) | undefined => {
  try {
    return storage.open({ path: ORIGINAL_NAMESPACE, mode: "r", format: "buffer" });
  } catch {
    return undefined;
  }
};
