// SPDX-License-Identifier: Apache-2.0
import type { FrameSource } from "modules/camera/frame";
import type { CameraConfig, WifiSettings } from "modules/settings/table";

export type { CameraConfig } from "modules/settings/table";

/** The camera's services for the command handlers. main.ts wires the implementation; tests use fakes. */
export interface Services {
  readonly identity: Identity;
  readonly camera: CameraService;
  readonly frames: FrameSource;
  readonly clock: ClockService;
  readonly network: NetworkService;
  readonly update: UpdateService;
}

/** The most bytes in a chunk of a firmware image; existing clients have no larger buffers. */
export const CHUNK_BYTES = 8192;
/** `report` of an update that was installed: the camera restarts into it. */
export const UPDATE_SUCCESS = "Firmware update success";

/** A command failed. The message, if any, follows `<cmd> failed: `. */
export class CommandError extends Error {}

export interface Identity {
  /** The camera's name, which is the SSID of its access point. */
  readonly camera: string;
  /** `Model` of status and metadata, from the interface in use and the Lepton found. */
  readonly model: number;
  /** "major.minor" of the running image. */
  readonly version: string;
}

/** Inclusive box in pixels: columns 0–159, rows 0–119. */
export interface Spotmeter {
  c1: number;
  c2: number;
  r1: number;
  r2: number;
}

/** Result of a CCI transaction. A Lepton error is not an exception: it is in bits 15:8 of `status`. */
export interface CciResult {
  status: number;
  /** Words read, little-endian bytes. Empty for writes. */
  data: Uint8Array;
}

/**
 * Every method rejects with CommandError when the sensor refused or did not answer. A promise resolves when the
 * operation is done.
 */
export interface CameraService {
  readonly config: Readonly<CameraConfig>;
  setConfig(change: Partial<CameraConfig>): Promise<void>;
  setSpotmeter(box: Spotmeter): Promise<void>;
  /** Resolves when the sensor has finished its flat-field correction. */
  runFFC(): Promise<void>;
  /** @param length words, 1–512 */
  readCCI(command: number, length: number): Promise<CciResult>;
  /** @param data `2 * length` little-endian bytes; empty = run command */
  writeCCI(command: number, data: Uint8Array): Promise<CciResult>;
}

/** Arguments of set_time, already checked. `year` counts from 1970, `dow` from 1 = Sunday. */
export interface TimeFields {
  sec: number;
  min: number;
  hour: number;
  dow: number;
  day: number;
  mon: number;
  year: number;
}

export interface ClockService {
  set(time: TimeFields): void;
  /**
   * Whole milliseconds since 1970, without time zone, at a time in `Timers.now` milliseconds (default: now); a time
   * before the clock's epoch is the epoch.
   */
  wall(moment?: number): number;
  /** `HH:MM:SS.mmm` and `M/D/YY` of such a time. */
  format(moment?: number): { Time: string; Date: string };
}

/** Settings that set_wifi takes. */
type WifiArguments = Omit<WifiSettings, "sta_gateway">;

/** The answer to get_wifi. */
export type WifiDescription = Omit<WifiArguments, "ap_pw" | "sta_pw"> & { cur_ip_addr: string };

/** Arguments of set_wifi, each already checked by itself. An empty password means none. */
export type WifiChange = Partial<WifiArguments>;

export interface NetworkService {
  /** In the order in which get_wifi answers. */
  describe(): WifiDescription;
  /**
   * Stores the change, all or nothing, and returns the function that applies it.
   * The caller sends and flushes the ACK first, then calls the function.
   */
  configure(change: WifiChange): Promise<() => void>;
}

/** The client of an update, as the update sees it. */
export interface UpdateClient {
  /** Requests a chunk of the firmware image from the client (`get_fw`). */
  requestChunk(start: number, length: number): void;
  /** Sends `cam_info` 6. */
  report(text: string): void;
}

export interface UpdateService {
  /** Resolves when the request is accepted (the LED then prompts for the button). */
  request(client: UpdateClient, length: number, version: string): Promise<void>;
  /**
   * Handles a received chunk. Ignores a chunk that was not requested, as clients expect. A failure ends the update with
   * a `report`.
   */
  chunk(client: UpdateClient, start: number, data: Uint8Array): void;
  /** The client's session has ended. */
  gone(client: UpdateClient): void;
  /** `Update` of the status: why the last update was rolled back. Undefined once the next update begins. */
  readonly notice: string | undefined;
}
