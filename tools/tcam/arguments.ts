// SPDX-License-Identifier: Apache-2.0
/** Parsers of command-line values. They throw the errors that commander prints with the option's name. */
import { isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { InvalidArgumentError } from "commander";
import { parseAddress, parseIPv4, parsePort, type Address } from "./address";
import { PALETTES } from "./palettes";

/** Limit of Node's timers and of the camera's stream interval in milliseconds. */
export const MAX_MS = 0x7fffffff;

/** An integer, decimal or with 0x, in a range. */
export function integer(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isInteger(value)) throw new InvalidArgumentError(`"${text}" is not an integer.`);
    if (value < min || value > max) throw new InvalidArgumentError(`${text} is not in ${min} to ${max}.`);
    return value;
  };
}

/** 16 bits. */
export const word = integer(0, 0xffff);

/** Up to `max` words. Commander calls it once for each word, with the previous result. */
export function words(max: number): (text: string, before?: number[]) => number[] {
  return (text, before = []) => {
    if (before.length === max) throw new InvalidArgumentError(`There are more than ${max}.`);
    return [...before, word(text)];
  };
}

export function paletteName(text: string): string {
  if (!PALETTES.includes(text)) throw new InvalidArgumentError(`There are ${PALETTES.join(", ")}.`);
  return text;
}

/** A file for an image. The suffix of its name selects the format. */
export function imageFile(text: string): string {
  if (!/\.(png|tjsn)$/i.test(text)) throw new InvalidArgumentError("The name must end in .png or .tjsn.");
  return text;
}

export function address(text: string): Address {
  return explained(() => parseAddress(text));
}

export function ipv4(text: string): string {
  return explained(() => parseIPv4(text));
}

export function port(text: string): number {
  return explained(() => parsePort(text));
}

export function interfaceAddress(text: string): string {
  const known = Object.values(networkInterfaces()).flatMap((list) => list?.map((entry) => entry.address) ?? []);
  const usable = known.filter((entry) => isIPv4(entry));
  if (!usable.includes(text)) throw new InvalidArgumentError(`This computer has ${usable.join(", ") || "no address"}.`);
  return text;
}

function explained<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}
