// SPDX-License-Identifier: Apache-2.0
import type { CommandSpec } from "modules/protocol/table";
import { commands, dictionary, interesting } from "./dictionary";
import type { Random } from "./random";

/** Words from this length on are used seldom: messages with them take long to read. */
const LONG_LENGTH = 500;
const ALL_WORDS = dictionary();
const WORDS = ALL_WORDS.filter(({ length }) => length < LONG_LENGTH);
const LONG_WORDS = ALL_WORDS.filter(({ length }) => length >= LONG_LENGTH);
const COMMANDS = commands().map(([name, spec]) => ({ names: [name, ...(spec.aliases ?? [])], args: valuesOf(spec) }));
/** Longer than the longest command. */
const TOO_LONG = "y".repeat(13_000);

/** JSON texts of values of an argument. */
interface Values {
  readonly argument: string;
  readonly good: string | undefined;
  readonly others: readonly string[];
}

function valuesOf({ args = {}, example }: CommandSpec): Values[] {
  return Object.entries(args).map(([argument, spec]) => ({
    argument,
    good: example?.[argument] === undefined ? undefined : JSON.stringify(example[argument]),
    others: interesting(spec).filter(({ length }) => length < LONG_LENGTH),
  }));
}

/** Generates messages of valid and hostile clients: from the command table, then partly mutated. */
export class MessageGenerator {
  constructor(private readonly random: Random) {}

  /** One message with its delimiters, in most cases complete. */
  next(): Uint8Array {
    const { random } = this;
    const kind = random.below(16);
    const text = kind < 11 ? this.#command() : kind < 14 ? this.#json(0) : kind === 14 ? this.#words() : "";
    const bytes = kind === 15 ? this.#noise(random.below(64)) : encode(`\x02${text}\x03`);
    return random.once(3) ? this.#mutate(bytes) : bytes;
  }

  /** An object with arguments of a command. */
  args(spec: CommandSpec): string {
    return `{${this.#arguments(valuesOf(spec)).join(",")}}`;
  }

  #command(): string {
    const { random } = this;
    const { names, args } = random.pick(COMMANDS);
    const parts = this.#arguments(args);
    const space = random.once(6) ? "\r\n\t " : "";
    return `{${space}"cmd":${space}"${random.pick(names)}","args":{${parts.join(`,${space}`)}}}`;
  }

  #arguments(args: readonly Values[]): string[] {
    const { random } = this;
    const parts: string[] = [];
    const valid = random.once(2);
    for (const { argument, good, others } of args) {
      if (valid ? good === undefined : random.once(8)) continue;
      const value = good !== undefined && (valid || !random.once(4)) ? good : this.#value(others);
      parts.push(`"${random.once(30) ? random.pick(WORDS).replace(/["\\]/g, "") : argument}":${value}`);
    }
    if (random.once(10)) parts.push(`"k${random.below(1_000_000_000)}":${this.#json(0)}`);
    return parts;
  }

  #value(others: readonly string[]): string {
    return this.random.once(200) ? this.random.pick(LONG_WORDS) : this.random.pick(others);
  }

  #json(depth: number): string {
    const { random } = this;
    const kind = random.below(depth > 20 ? 4 : 7);
    if (kind < 2) return random.pick(["0", "-1", "1e9", "true", "false", "null", "1.25"]);
    if (kind < 4) return JSON.stringify(random.pick(WORDS));
    const items = Array.from({ length: random.below(4) }, () => this.#json(depth + 1));
    if (kind < 6) return `[${items.join(",")}]`;
    return `{${items.map((item) => `${JSON.stringify(random.pick(WORDS))}:${item}`).join(",")}}`;
  }

  #words(): string {
    const { random } = this;
    return Array.from({ length: random.below(10) }, () => random.pick(WORDS)).join(
      random.pick(["", " ", '"', ",", ":"]),
    );
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.random.below(256));
  }

  #mutate(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    const at = random.below(bytes.length + 1);
    switch (random.below(9)) {
      case 0:
        return bytes.slice(0, at);
      case 1:
        return join(bytes.slice(0, at), this.#noise(1 + random.below(4)), bytes.slice(at));
      case 2:
        return join(
          bytes.slice(0, at),
          Uint8Array.of(random.pick([0, 2, 3, 0x22, 0x5c, 0x80, 0xc0, 0xff])),
          bytes.slice(at),
        );
      case 3:
        return join(bytes, bytes);
      case 4:
        return random.once(60) ? join(bytes.slice(0, at), encode(TOO_LONG), bytes.slice(at)) : bytes.slice(at);
      case 5:
        return random.once(60) ? encode(`\x02${random.pick(["[", '{"a":', "[{},", "1,"]).repeat(2_000)}\x03`) : bytes;
      case 6:
        return join(bytes.slice(0, at), encode(random.pick(WORDS)), bytes.slice(at));
      default: {
        const changed = bytes.slice();
        for (let i = random.below(4); i >= 0; i--) changed[random.below(changed.length)] = random.below(256);
        return changed;
      }
    }
  }
}

function encode(text: string): Uint8Array {
  return new Uint8Array(ArrayBuffer.fromString(text));
}

function join(...parts: Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
