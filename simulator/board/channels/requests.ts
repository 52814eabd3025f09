// SPDX-License-Identifier: Apache-2.0
/** Reading what the firmware asks: each getter refuses what is missing or of the wrong type. */
import { LinkError } from "../messages";
import { OpenError, type OpenRequest } from "../link";

/** A whole number of the opening line. @throws OpenError */
export function numberOf(request: OpenRequest, key: string): number {
  const value = request[key];
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0)
    throw new OpenError(`"${key}" must be a whole number`);
  return value;
}

/** A string of the opening line. @throws OpenError */
export function stringOf(request: OpenRequest, key: string): string {
  const value = request[key];
  if (typeof value !== "string") throw new OpenError(`"${key}" must be a string`);
  return value;
}

/** Checks that the pins asked for are those of the board's bus. @throws OpenError naming both */
export function checkPins(bus: string, request: OpenRequest, pins: Readonly<Record<string, number>>): void {
  for (const [name, pin] of Object.entries(pins)) {
    const asked = numberOf(request, name);
    if (asked !== pin) throw new OpenError(`no such ${bus}: its ${name} pin is ${pin}, not ${asked}`);
  }
}

/** @throws LinkError when the payload is shorter than the message needs */
export function needBytes(payload: Buffer, count: number, what: string): void {
  if (payload.length < count) throw new LinkError(`${what} needs ${count} bytes, got ${payload.length}`);
}

/** @throws LinkError always */
export function unknownMessage(type: string): never {
  throw new LinkError(`message ${JSON.stringify(type)} is not known here`);
}

/** What can be open only once at a time. */
export class Exclusive {
  readonly #name: string;
  #taken = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** @throws OpenError when it is taken */
  take(): void {
    if (this.#taken) throw new OpenError(`${this.#name} is in use`);
    this.#taken = true;
  }

  free(): void {
    this.#taken = false;
  }
}
