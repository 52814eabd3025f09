// SPDX-License-Identifier: Apache-2.0
import { HostPort } from "drivers/host-spi/host-port";
import { HostSPI } from "drivers/host-spi/host-spi";
import type { Context } from "modules/context/context";
import { HardwareInterface, type SerialEntry } from "./hardware-interface";
import { SessionMemory, type SessionEnvironment } from "./session";

/** The board's entry for a wired host. */
export interface HardwareInterfaceBoard {
  readonly serial: SerialEntry;
  /** SPI slave. */
  readonly spi: { readonly clock: number; readonly out: number; readonly select: number; readonly port: number };
}

export function openHardwareInterface(
  context: Context,
  { serial, spi }: HardwareInterfaceBoard,
  sessions: SessionEnvironment,
): HardwareInterface {
  const { timers } = context;
  const imageOutput = new HostPort({ HostSPI, pins: spi, timers, onState: (reason) => opened.onImageOutput(reason) });
  const opened: HardwareInterface = new HardwareInterface({
    ...sessions,
    serial,
    imageOutput,
    // Images go to the SPI slave, so the session needs no scratch memory.
    memory: new SessionMemory(sessions.createEncoder(), new Uint8Array(0)),
    faults: context.part("hardware interface").faults,
  });
  return opened;
}
