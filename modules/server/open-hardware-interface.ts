// SPDX-License-Identifier: Apache-2.0
import { HostSPI } from "drivers/host-spi/host-spi";
import { SPIImageOutput } from "drivers/host-spi/image-output";
import type { Context } from "modules/context/context";
import { SessionMemory } from "./channel";
import { HardwareInterface, type SerialEntry } from "./hardware-interface";
import type { SessionEnvironment } from "./session";

/** The board's entry for a wired host. */
export interface HardwareInterfaceBoard {
  readonly serial: SerialEntry;
  /** SPI slave. */
  readonly spi: { readonly clock: number; readonly out: number; readonly select: number; readonly port: number };
}

export const openHardwareInterface = (
  context: Context,
  { serial, spi }: HardwareInterfaceBoard,
  sessions: SessionEnvironment,
): HardwareInterface => {
  const { timers } = context;
  const onState = (reason: string | undefined): void => opened.onImageOutput(reason);
  const imageOutput = new SPIImageOutput({ io: HostSPI, ...spi, timers, onState });
  const opened: HardwareInterface = new HardwareInterface({
    ...sessions,
    serial,
    imageOutput,
    memory: new SessionMemory(sessions.createFramer(), sessions.createEncoder({ checksum: true })),
    faults: context.part("hardware interface").faults,
  });
  return opened;
};
