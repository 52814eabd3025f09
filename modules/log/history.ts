// SPDX-License-Identifier: Apache-2.0

/** Characters of the lines that are kept. */
export const HISTORY_LENGTH = 16_384;

/** Lines from a position on. */
export interface LogPart {
  readonly text: string;
  /** Number of the line after the last one: the position of the next request. */
  readonly next: number;
}

/** Ring buffer of the last log lines, for clients without a cable. */
export class LogHistory {
  private readonly lines: string[] = [];
  private length = 0;
  /** Number of the first line kept; lines are counted from 0 since start. */
  private first = 0;

  add(line: string): void {
    this.lines.push(line);
    this.length += line.length;
    while (this.length > HISTORY_LENGTH) {
      this.length -= this.lines.shift()?.length ?? this.length;
      this.first += 1;
    }
  }

  /** @param since number of the first line wanted; older lines than those kept are left out */
  read(since: number): LogPart {
    const from = Math.max(0, since - this.first);
    return { text: this.lines.slice(from).join(""), next: this.first + this.lines.length };
  }
}
