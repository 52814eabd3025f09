// SPDX-License-Identifier: Apache-2.0
import { BoardLink } from "platforms/linux/board-link";

/** A network found by a scan. */
export interface ScannedNetwork {
  ssid: string;
  bssid: string;
  rssi: number;
  channel: number;
  authentication: "none" | "wpa2";
}

/** Messages from the board (docs/radio.md). */
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

/** The board's one radio, opened for its first user (station or access point) and switched off after its last. */
class Radio {
  private link: BoardLink | undefined;
  private readonly listeners = new Set<RadioListener>();

  use(listener: RadioListener): void {
    this.link ??= new BoardLink({ opening: { open: "radio" }, onLine: (line) => this.onLine(line) });
    this.listeners.add(listener);
  }
  release(listener: RadioListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size) return;
    this.link?.close();
    this.link = undefined;
  }
  send(operation: object): void {
    if (!this.link) throw new Error("the radio is off");
    this.link.sendLine(JSON.stringify(operation));
  }
  /** Station address. */
  get mac(): string {
    return String(this.link?.answer.mac);
  }
  get apMac(): string {
    return String(this.link?.answer.apMac);
  }

  private onLine(line: string): void {
    const event = JSON.parse(line) as RadioEvent;
    for (const listener of [...this.listeners]) if (this.listeners.has(listener)) listener(event);
  }
}

export const radio = new Radio();

/** Whether `text` is four decimal octets. As modules/text/ipv4.ts: platforms import no module of the firmware. */
export const isAddress = (text: string): boolean => {
  const octets = text.split(".");
  return 4 === octets.length && octets.every((octet) => /^\d{1,3}$/.test(octet) && Number(octet) <= 255);
};

export const byteCount = (text: string): number => ArrayBuffer.fromString(text).byteLength;
