// SPDX-License-Identifier: Apache-2.0
import type { LeptonConnection } from "boards/board";
import { VoSPI, type VoSPIStatistics } from "drivers/vospi/vospi";
import { sleep, type Timers } from "drivers/timers/timers";
import type { Report } from "self-test/checks/report";

/** The resynchronisation at the start, during which VSYNC is not counted, and a margin. */
const SETTLE_MS = 300;
const VSYNC_MS = 2_000;
/** Measured on a part: 105.3 Hz. The datasheet says about 106 Hz (4.2.3.3). */
const LOWEST_HZ = 104;
const HIGHEST_HZ = 107;
const SPI_MS = 5_000;
/** Of the 42 frames in that time; a flat-field correction costs up to 18. */
const LEAST_FRAMES = 20;

/** Counts what capture sees in `ms` of time. */
async function capture(
  { spi, vsync }: LeptonConnection,
  hz: number,
  ms: number,
  timers: Timers,
): Promise<{ counted: VoSPIStatistics; before: VoSPIStatistics; elapsed: number }> {
  const onReadable = (): void => video.read()?.close();
  const video = new VoSPI({ spi: { ...spi, hz }, vsync, slots: 2, onReadable, onStall: () => undefined });
  try {
    video.start();
    await sleep(timers, SETTLE_MS);
    const before = video.statistics;
    const start = timers.now();
    await sleep(timers, ms);
    return { before, counted: video.statistics, elapsed: timers.now() - start };
  } finally {
    video.close();
  }
}

/** @returns whether there is a VSYNC pulse at all */
export async function checkVsync(report: Report, connection: LeptonConnection, timers: Timers): Promise<boolean> {
  const expected = `${LOWEST_HZ} to ${HIGHEST_HZ} Hz`;
  let pulses = 0;
  await report.attempt("VSYNC", expected, async () => {
    const { before, counted, elapsed } = await capture(connection, connection.spi.hz, VSYNC_MS, timers);
    pulses = counted.vsyncs - before.vsyncs;
    const resyncs = counted.resyncs - before.resyncs;
    // Pulses during a resynchronisation are not counted.
    if (resyncs > 0 && pulses > 0)
      return report.skip("VSYNC", `pulses, of unknown rate: video lost sync ${resyncs} times`);
    const rate = (1000 * pulses) / elapsed;
    return report.result("VSYNC", rate >= LOWEST_HZ && rate <= HIGHEST_HZ, `${rate.toFixed(1)} Hz`, expected);
  });
  return pulses > 0;
}

/** Captures frames and counts packets with a wrong CRC. @param pulses whether there is a VSYNC: without one it is skipped */
export async function checkSPI(
  report: Report,
  connection: LeptonConnection,
  hz: number,
  pulses: boolean,
  timers: Timers,
): Promise<boolean> {
  const name = `SPI at ${hz / 1e6} MHz`;
  if (!pulses) return report.skip(name, "no VSYNC");
  const expected = `0 packets with bit errors, at least ${LEAST_FRAMES} frames`;
  return report.attempt(name, expected, async () => {
    const { counted } = await capture(connection, hz, SPI_MS, timers);
    const { frames, crcErrors } = counted;
    const passed = crcErrors === 0 && frames >= LEAST_FRAMES;
    return report.result(name, passed, `${crcErrors} packets with bit errors, ${frames} frames`, expected);
  });
}
