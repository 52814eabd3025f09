// SPDX-License-Identifier: Apache-2.0
import type { Identity } from "./services";

/** Bits 7:0 of `Model`, the interface in use. The sensor adds bits 9:8. */
const INTERFACE_BITS = Object.freeze({ wifi: 2, hardware: 3 } as const);
/** Bit 18 of `Model`: the camera can be updated over its interface. */
const UPDATE_BIT = 1 << 18;

/** The camera's identity, from its network name and the sensor that was found. */
export class CameraIdentity implements Identity {
  constructor(
    private readonly network: { readonly name: string },
    private readonly sensor: { readonly modelBits: number },
    private readonly mode: keyof typeof INTERFACE_BITS,
    readonly version: string,
  ) {}

  get camera(): string {
    return this.network.name;
  }

  get model(): number {
    return INTERFACE_BITS[this.mode] | this.sensor.modelBits | UPDATE_BIT;
  }
}
