// SPDX-License-Identifier: Apache-2.0
/** Reads a request's JSON body. Missing, unknown and out-of-range fields are errors that name the field and its range. */

/** The request is wrong: answered with status 400 and this message. */
export class InputError extends Error {}

export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;

  /** @param known names of all fields of the request. @throws InputError for another field or another type of body */
  constructor(body: unknown, known: readonly string[]) {
    if (typeof body !== "object" || body === null || Array.isArray(body))
      throw new InputError("the body must be a JSON object");
    this.#values = body as Record<string, unknown>;
    const unknown = Object.keys(body).find((key) => !known.includes(key));
    if (unknown !== undefined)
      throw new InputError(`unknown field ${JSON.stringify(unknown)}; the fields are: ${known.join(", ") || "none"}`);
  }

  has(key: string): boolean {
    return this.#values[key] !== undefined;
  }

  /** The unchecked value. */
  raw(key: string): unknown {
    return this.#values[key];
  }

  /** A number in `low` … `high`; without limits the caller checks the range. @throws InputError */
  number(key: string, low = -Infinity, high = Infinity): number {
    const value = this.#values[key];
    const limits = low === -Infinity && high === Infinity ? "" : ` from ${low} to ${high}`;
    if (typeof value !== "number" || !(value >= low && value <= high))
      throw new InputError(`${key} must be a number${limits}`);
    return value;
  }

  /** @throws InputError */
  whole(key: string, low: number, high: number): number {
    const value = this.number(key, low, high);
    if (!Number.isInteger(value)) throw new InputError(`${key} must be a whole number`);
    return value;
  }

  /** @throws InputError */
  boolean(key: string): boolean {
    const value = this.#values[key];
    if (typeof value !== "boolean") throw new InputError(`${key} must be true or false`);
    return value;
  }

  /** @throws InputError */
  string(key: string): string {
    const value = this.#values[key];
    if (typeof value !== "string") throw new InputError(`${key} must be a string`);
    return value;
  }

  /** @throws InputError */
  object(key: string): object {
    const value = this.#values[key];
    if (typeof value !== "object" || value === null) throw new InputError(`${key} must be an object`);
    return value;
  }

  /** @throws InputError */
  oneOf<T extends string>(key: string, choices: readonly T[]): T {
    const value = this.#values[key];
    const found = choices.find((choice) => choice === value);
    if (found === undefined) throw new InputError(`${key} must be one of: ${choices.join(", ")}`);
    return found;
  }
}
