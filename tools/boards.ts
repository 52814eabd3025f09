// SPDX-License-Identifier: Apache-2.0
/** The boards that the firmware is built for: one folder of boards/ each. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const folder = resolve(__dirname, "../boards");

/** The board of a build that names none, and the one whose sdkconfig the others override. */
export const DEFAULT_BOARD = "tcam-mini";

/** Names of all boards. */
export const BOARDS: readonly string[] = readdirSync(folder)
  .filter((name) => existsSync(join(folder, name, "manifest.json")))
  .sort();

/** A file of a board's folder, absolute. */
export function boardFile(board: string, ...path: string[]): string {
  return join(folder, board, ...path);
}

export interface Partition {
  readonly name: string;
  readonly type: string;
  readonly subtype: string;
  /** Bytes from the start of the flash. */
  readonly offset: number;
  /** Bytes. */
  readonly size: number;
}

/**
 * Parses a partition table as ESP-IDF writes it: one line a partition, `#` for comments.
 * @throws Error for a line without five fields, or an offset or size that is not a number
 */
export function parsePartitions(text: string): Partition[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !line.startsWith("#"));
  return lines.map((line) => {
    const [name = "", type = "", subtype = "", offset, size] = line.split(",").map((field) => field.trim());
    const partition = { name, type, subtype, offset: Number(offset || NaN), size: Number(size || NaN) };
    if (!Number.isInteger(partition.offset) || !Number.isInteger(partition.size))
      throw new Error(`partition table: offset and size must be numbers: ${line}`);
    return partition;
  });
}

/** The board's partitions, in the order of its partitions.csv. */
export function partitions(board = DEFAULT_BOARD): Partition[] {
  return parsePartitions(readFileSync(boardFile(board, "partitions.csv"), "utf8"));
}

/** Bytes of the largest image that fits every application partition of the board. */
export function slotSize(board = DEFAULT_BOARD): number {
  return Math.min(...partitions(board).flatMap(({ type, size }) => (type === "app" ? [size] : [])));
}
