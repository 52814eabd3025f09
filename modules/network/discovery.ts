// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Log } from "modules/log/log";
import { Responder } from "./mdns";
import { hostName, instanceName } from "./name";
import type { UDPConstructor } from "./io";

export interface DiscoveryOptions {
  udp: UDPConstructor;
  timers: Timers;
  log: Log;
  /** A number in the range [0, 1). */
  random(): number;
  /** Firmware version, "major.minor". */
  version: string;
}

/** Name, addresses and port at which the camera can be reached. */
export interface Place {
  /** The camera's name. */
  name: string;
  /** Dotted IPv4 addresses, one for each network interface. */
  addresses: readonly string[];
  /** Port of the command socket. */
  port: number;
  /** Port of the web server; undefined: it does not run. */
  webPort?: number | undefined;
}

/** The original firmware's code for this camera model; its applications search for it. */
const MODEL = "2";

/** Announces the command socket by DNS-SD as `_tcam-socket._tcp`, and the page as `_http._tcp`, on each interface. */
export class Discovery {
  private readonly options: DiscoveryOptions;
  private place: Place | undefined;
  private responders: readonly Responder[] = [];

  constructor(options: DiscoveryOptions) {
    this.options = options;
  }

  /** Announces the camera at `place`, or nowhere. Withdraws earlier announcements first. */
  update(place: Place | undefined): void {
    if (samePlace(place, this.place)) return;
    for (const responder of this.responders) responder.close();
    this.place = place;
    this.responders = place ? place.addresses.map((address) => this.respond(place, address)) : [];
  }

  /** Each interface announces its own address first (RFC 6762 §15). */
  private respond({ name, addresses, port, webPort }: Place, address: string): Responder {
    const { udp, timers, log, random, version } = this.options;
    return new Responder({
      udp,
      timers,
      log,
      random,
      service: {
        instance: instanceName(name),
        host: hostName(name),
        address,
        otherAddresses: addresses.filter((other) => other !== address),
        services: [
          { type: ["_tcam-socket", "_tcp"], port, txt: { model: MODEL, interface: "WiFi", version } },
          ...(webPort === undefined ? [] : [{ type: ["_http", "_tcp"], port: webPort, txt: { path: "/" } } as const]),
        ],
      },
    });
  }

  close(): void {
    this.update(undefined);
  }
}

const samePlace = (a: Place | undefined, b: Place | undefined): boolean =>
  a?.name === b?.name &&
  a?.addresses.join() === b?.addresses.join() &&
  a?.port === b?.port &&
  a?.webPort === b?.webPort;
