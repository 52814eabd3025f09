// SPDX-License-Identifier: Apache-2.0
import { Bonjour, type Service } from "bonjour-service";
import { formatAddress } from "./address";
import { reasonOf } from "./system-error";

export interface FoundCamera {
  name: string;
  host: string;
  port: number;
  version: string;
}

export interface DiscoverOptions {
  /** Milliseconds to listen. */
  wait?: number;
  /** End with the first camera found. */
  first?: boolean;
  /** Address of the interface for queries; default: all. The virtual camera is on 127.0.0.1. */
  interface?: string | undefined;
}

const SERVICE = "._tcam-socket._tcp.local";

/** Converts an announced service. The name is the text before the service's type and may have dots. */
function cameraOf(service: Pick<Service, "fqdn" | "host" | "port" | "addresses" | "txt">): FoundCamera {
  const { fqdn } = service;
  const named = fqdn.toLowerCase().endsWith(SERVICE);
  return {
    name: named ? fqdn.slice(0, -SERVICE.length) : fqdn,
    host: service.addresses?.find((candidate) => candidate.includes(".")) ?? service.host,
    port: service.port,
    version: String((service.txt as Record<string, unknown> | undefined)?.["version"] ?? ""),
  };
}

/** Cameras that announce `_tcam-socket._tcp` by DNS-SD. */
export function discover({ wait = 3000, first = false, interface: address }: DiscoverOptions = {}): Promise<
  FoundCamera[]
> {
  return new Promise((resolve, reject) => {
    const found = new Map<string, FoundCamera>();
    const fail = (error: Error): void => (finish(), reject(new Error(`cannot ask for cameras: ${reasonOf(error)}`)));
    // A socket bound to the interface's address receives no multicast.
    const bonjour = new Bonjour(address ? ({ interface: address, bind: "0.0.0.0" } as object) : {}, fail);
    const take = (service: Service): void => {
      const camera = cameraOf(service);
      found.set(formatAddress(camera.host, camera.port), camera);
      if (first) done();
    };
    const browser = bonjour.find({ type: "tcam-socket", protocol: "tcp" }, take);
    browser.on("srv-update", take); // another camera of the same name
    const timer = setTimeout(() => done(), wait);
    function finish(): void {
      clearTimeout(timer);
      browser.stop();
      bonjour.destroy();
    }
    function done(): void {
      finish();
      resolve([...found.values()].sort((a, b) => a.name.localeCompare(b.name)));
    }
  });
}
