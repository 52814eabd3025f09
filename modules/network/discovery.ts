// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import { Responder } from "./mdns";
import { hostName, instanceName } from "./name";
import type { UDPConstructor } from "./ports";

export interface DiscoveryOptions {
  udp: UDPConstructor;
  timers: Timers;
  log: Log;
  /** A number from 0 up to but not including 1. */
  random(): number;
  /** Firmware version, "major.minor". */
  version: string;
}

/** Where the camera can be found. */
export interface Place {
  /** The camera's name. */
  name: string;
  /** Dotted IPv4 address. */
  address: string;
  /** The command socket's port. */
  port: number;
}

/** What the original calls this kind of camera; its applications look for it. */
const MODEL = "2";

/** Makes the command socket known by DNS-SD as `_tcam-socket._tcp`: at one place, or at none. */
export class Discovery {
  readonly #options: DiscoveryOptions;
  #place: Place | undefined;
  #responder: Responder | undefined;

  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** The camera is there now, or nowhere. What was announced for another place is withdrawn first. */
  update(place: Place | undefined): void {
    if (samePlace(place, this.#place)) return;
    this.#responder?.close();
    this.#responder = undefined;
    this.#place = place;
    if (!place) return;
    const { udp, timers, log, random, version } = this.#options;
    this.#responder = new Responder({
      udp,
      timers,
      log,
      random,
      service: {
        instance: instanceName(place.name),
        host: hostName(place.name),
        type: ["_tcam-socket", "_tcp"],
        address: place.address,
        port: place.port,
        txt: { model: MODEL, interface: "WiFi", version },
      },
    });
  }

  close(): void {
    this.update(undefined);
  }
}

function samePlace(a: Place | undefined, b: Place | undefined): boolean {
  return a?.name === b?.name && a?.address === b?.address && a?.port === b?.port;
}
