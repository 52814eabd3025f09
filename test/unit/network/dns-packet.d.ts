// SPDX-License-Identifier: Apache-2.0
/** The used part of the npm package `dns-packet`, which has no type declarations. */
declare module "dns-packet" {
  export interface Question {
    name: string;
    type: string;
    class?: string;
  }

  export interface Answer {
    name: string;
    type: string;
    ttl?: number;
    class?: string;
    flush?: boolean;
    data: unknown;
  }

  export interface Packet {
    id?: number;
    type?: "query" | "response";
    flags?: number;
    questions?: Question[];
    answers?: Answer[];
    authorities?: Answer[];
    additionals?: Answer[];
  }

  export const AUTHORITATIVE_ANSWER: number;
  export const TRUNCATED_RESPONSE: number;
  export function encode(packet: Packet): Buffer;
  export function decode(bytes: Buffer): Packet;
}
