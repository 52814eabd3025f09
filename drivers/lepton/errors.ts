// SPDX-License-Identifier: Apache-2.0
import { describeCommand } from "./commands";

/** Result codes in bits 15:8 of the STATUS register (IDD figure 12; names as in the SDK's LEPTON_ErrorCodes.h, without LEP_). */
export const Result = Object.freeze({
  OK: 0,
  ERROR: -1,
  NOT_READY: -2,
  RANGE_ERROR: -3,
  CHECKSUM_ERROR: -4,
  BAD_ARG_POINTER_ERROR: -5,
  DATA_SIZE_ERROR: -6,
  UNDEFINED_FUNCTION_ERROR: -7,
  FUNCTION_NOT_SUPPORTED: -8,
  DATA_OUT_OF_RANGE_ERROR: -9,
  COMMAND_NOT_ALLOWED: -11,
  OTP_WRITE_ERROR: -15,
  OTP_READ_ERROR: -16,
  OTP_NOT_PROGRAMMED_ERROR: -18,
  I2C_BUS_NOT_READY: -20,
  I2C_BUFFER_OVERFLOW: -22,
  I2C_ARBITRATION_LOST: -23,
  I2C_BUS_ERROR: -24,
  I2C_NACK_RECEIVED: -25,
  I2C_FAIL: -26,
  DIV_ZERO_ERROR: -80,
} as const);
export type Result = (typeof Result)[keyof typeof Result];

const resultName = (result: number): string =>
  Object.entries(Result).find(([, value]) => value === result)?.[0] ?? "unknown result";

/** Base of all failures of CCI operations. `command` is the whole command word. */
export class CCIError extends Error {
  readonly command: number;

  constructor(command: number, text: string, options?: ErrorOptions) {
    super(`CCI ${describeCommand(command)}: ${text}`, options);
    this.command = command;
  }
}

/** The Lepton rejected the command. */
export class LeptonError extends CCIError {
  readonly result: Result;

  constructor(command: number, result: Result) {
    super(command, `expected ${Result.OK} (OK), got ${result} (${resultName(result)})`);
    this.result = result;
  }
}

/** A setting has a different value when it is read back. */
export class ReadbackError extends CCIError {
  constructor(command: number, expected: ArrayLike<number>, got: ArrayLike<number>) {
    super(command, `expected ${hex(expected)} read back, got ${hex(got)}`);
  }
}

/** The Lepton stayed busy, or did not boot, until the timeout. */
export class CCITimeout extends CCIError {
  constructor(command: number, when: string, limit: number, status: number) {
    super(command, `not ready ${limit} ms ${when} it: expected STATUS xxxxx110, got ${hex([status])}`);
  }
}

/** The bus failed: no acknowledge, or the I2C peripheral's own error (in `cause`). */
export class CCIBusError extends CCIError {
  constructor(command: number, what: string, cause: unknown) {
    super(command, `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}

/** The operation was aborted because the sensor is being reset or the driver was closed. */
export class CCIAborted extends CCIError {}

/** Whether the Lepton does not answer at all, as opposed to a rejected command. */
export const isSilence = (error: unknown): error is CCITimeout | CCIBusError =>
  error instanceof CCITimeout || error instanceof CCIBusError;

const hex = (words: ArrayLike<number>): string =>
  Array.from(words, (word) => `0x${word.toString(16).toUpperCase().padStart(4, "0")}`).join(" ");
