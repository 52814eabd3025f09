// SPDX-License-Identifier: Apache-2.0

/** ECMA-419's Digital, as far as the mode input needs it. */
export interface InputPin {
  new (options: { pin: number; mode: number }): { read(): number; close(): void };
  readonly Input: number;
  readonly InputPullUp: number;
}

/** The board's entry for the interface of a wired host. */
export interface WithModeInput {
  /** Low selects the hardware interface instead of WiFi. */
  readonly mode: { readonly io: InputPin; readonly pin: number; readonly pullUp: boolean };
}

/**
 * Reads the mode input once, at start. The interface cannot change while the camera runs.
 * @returns the entry if the hardware interface is selected; undefined for WiFi, or on a board without the entry
 */
export const selectedHardware = <T extends WithModeInput>(entry: T | undefined): T | undefined => {
  if (!entry) return undefined;
  const { io, pin, pullUp } = entry.mode;
  const input = new io({ pin, mode: pullUp ? io.InputPullUp : io.Input });
  const low = input.read() === 0;
  input.close();
  return low ? entry : undefined;
};
