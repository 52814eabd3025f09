// SPDX-License-Identifier: Apache-2.0
import type { Observable } from "modules/events/emitter";

export interface ClientInterfaceEvents {
  /** Clients can reach the camera, or the settings say that they cannot. */
  up: [];
  /** The number of clients has changed. */
  clients: [count: number];
}

/** The interface through which clients reach the camera: WiFi or the hardware interface. */
export interface ClientInterface extends Observable<ClientInterfaceEvents> {
  /** The name of its start-up step. */
  readonly name: string;
  start(): void;
}
