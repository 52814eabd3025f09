// SPDX-License-Identifier: Apache-2.0
import type { CCIOptions } from "drivers/lepton/cci";
import { Lepton } from "drivers/lepton/lepton";
import { VoSPI, type VoSPIOptions } from "drivers/vospi/vospi";
import type { Context } from "modules/context/context";
import { Camera, type CameraStore } from "./camera";

/** The board's entry for the sensor. */
export interface SensorBoard {
  readonly i2c: CCIOptions["sensor"];
  readonly spi: VoSPIOptions["spi"];
  readonly vsync: number;
  /** `active` is the level that holds the Lepton in reset. */
  readonly reset?: { readonly io: OutputPin; readonly pin: number; readonly active: 0 | 1 };
}

/** ECMA-419's Digital, as far as a reset line needs it. */
export interface OutputPin {
  new (options: { pin: number; mode: number; initialValue?: 0 | 1 }): { write(value: 0 | 1): void };
  readonly Output: number;
}

/** Frame slots besides those of the clients: the newest frame, one being filled, one waiting, one being made a JPEG. */
const SLOTS_BESIDE_CLIENTS = 4;

/**
 * @param clients each may hold one frame
 * @param poweredAt see SensorOptions
 */
export const openCamera = (
  context: Context,
  board: SensorBoard,
  store: CameraStore,
  clients: number,
  poweredAt?: number,
): Camera => {
  const { timers, startup } = context;
  const { i2c, spi, vsync, reset } = board;
  const slots = clients + SLOTS_BESIDE_CLIENTS;
  return startup.step(
    "camera",
    () =>
      new Camera({
        ...context.part("camera"),
        store,
        reset: reset && openReset(reset),
        poweredAt,
        openLepton: () => new Lepton({ sensor: i2c, timers }),
        openVoSPI: (callbacks) => new VoSPI({ spi, vsync, slots, ...callbacks }),
      }),
  );
};

/** The reset line, released: writing 1 holds the sensor in reset. */
const openReset = ({ io, pin, active }: NonNullable<SensorBoard["reset"]>): { write(held: 0 | 1): void } => {
  const released = active === 1 ? 0 : 1;
  const line = new io({ pin, mode: io.Output, initialValue: released });
  return { write: (held) => line.write(held === 1 ? active : released) };
};
