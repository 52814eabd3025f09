// SPDX-License-Identifier: Apache-2.0
// CCI registers, fields and codes by their datasheet names (Software IDD 2.1, SDK LEPTON_I2C_Reg.h and LEPTON_ErrorCodes.h).

/** 7-bit I2C address of the CCI. */
export const CCI_ADDRESS = 0x2a;

/** Register addresses. */
export const REG = {
  POWER: 0x0000,
  STATUS: 0x0002,
  COMMAND: 0x0004,
  DATA_LENGTH: 0x0006,
  DATA_0: 0x0008,
  DATA_15: 0x0026,
  DATA_CRC: 0x0028,
  BLOCK_BUFFER_0: 0xf800,
  BLOCK_BUFFER_1: 0xfc00,
} as const;

/** 16-bit words in the DATA registers and in one block buffer. */
export const DATA_WORDS = 16;
export const BLOCK_WORDS = 512;

/** Bits of STATUS; bits 15:8 are the signed result of the last command. */
export const STATUS = {
  BUSY: 0x0001,
  BOOT_MODE: 0x0002,
  BOOT_STATUS: 0x0004,
} as const;

/** Fields of COMMAND. */
export const COMMAND = {
  OEM_BIT: 0x4000,
  ID_MASK: 0xfffc,
  TYPE_MASK: 0x0003,
  GET: 0,
  SET: 1,
  RUN: 2,
} as const;

/** Results that the part returns (codes below -100 come from host software). */
export const RESULT = {
  OK: 0,
  ERROR: -1,
  NOT_READY: -2,
  RANGE: -3,
  DATA_SIZE: -6,
  UNDEFINED_FUNCTION: -7,
  FUNCTION_NOT_SUPPORTED: -8,
  COMMAND_NOT_ALLOWED: -11,
  OTP_WRITE: -15,
  OTP_NOT_PROGRAMMED: -18,
} as const;

/** CCI answers this long after reset is released (IDD 2.1.1.1). */
export const BOOT_US = 950_000;
/** Video begins this long after reset is released ("first image < 1.2 s", Engineering Datasheet T1). */
export const VIDEO_START_US = 1_100_000;
