// SPDX-License-Identifier: Apache-2.0
import Timer from "./timer";

/** Replaces the SDK's `time` module. `ticks` is a signed 32-bit count, as on the ESP32, so it wraps after 24.8 days. */
const Time: { offset: number; readonly ticks: number; delta(start: number, end?: number): number } = {
  /** Added to virtual time, to start a test close to the wrap. */
  offset: 0,

  get ticks() {
    return (Timer.virtual.now() + Time.offset) | 0;
  },

  delta(start, end = Time.ticks) {
    return (end - start) | 0;
  },
};

export default Time;
