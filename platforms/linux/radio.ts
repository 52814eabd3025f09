// SPDX-License-Identifier: Apache-2.0
import { BoardLink } from "platforms/linux/board-link";

/** A network as a scan finds it. */
export interface ScannedNetwork {
  ssid: string;
  bssid: string;
  rssi: number;
  channel: number;
  authentication: "none" | "wpa2";
}

/** What the board says (docs/radio.md). */
export type RadioEvent =
  | { event: "scan"; networks: readonly ScannedNetwork[] }
  | { event: "connected"; ssid: string; bssid: string; rssi: number; channel: number }
  | { event: "address"; address: string; mask: string; gateway: string }
  | { event: "address-lost" }
  | { event: "rssi"; rssi: number }
  | { event: "disconnected"; reason: string }
  | { event: "access-point"; up: boolean }
  | { event: "station-joined" | "station-left"; mac: string }
  | { event: "error"; do: string; error: string };

export type RadioListener = (event: RadioEvent) => void;

/** The board's one radio, opened with its first user (stations and access points) and switched off with its last. */
class Radio {
  #link: BoardLink | undefined;
  readonly #listeners = new Set<RadioListener>();

  use(listener: RadioListener): void {
    this.#link ??= new BoardLink({ opening: { open: "radio" }, onLine: (line) => this.#onLine(line) });
    this.#listeners.add(listener);
  }
  release(listener: RadioListener): void {
    this.#listeners.delete(listener);
    if (this.#listeners.size) return;
    this.#link?.close();
    this.#link = undefined;
  }
  send(operation: object): void {
    if (!this.#link) throw new Error("the radio is off");
    this.#link.sendLine(JSON.stringify(operation));
  }
  /** Station address. */
  get mac(): string {
    return String(this.#link?.answer.mac);
  }
  get apMac(): string {
    return String(this.#link?.answer.apMac);
  }

  #onLine(line: string): void {
    const event = JSON.parse(line) as RadioEvent;
    for (const listener of [...this.#listeners]) if (this.#listeners.has(listener)) listener(event);
  }
}

export const radio = new Radio();

/** Four decimal octets, as everything that is an address must be. */
export function isAddress(text: string): boolean {
  const octets = text.split(".");
  return 4 === octets.length && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255);
}

export function byteCount(text: string): number {
  return ArrayBuffer.fromString(text).byteLength;
}
