// SPDX-License-Identifier: Apache-2.0
import { boardTest, collect, sensorTime, wholeFrame } from "./rig";

/** One minute at the sensor's 8.775 Hz. The emulated clock waits for the firmware, so the count holds on slow computers too. */
const FRAMES = 527;

boardTest(
  "two clients get every frame of a minute once and whole, at the sensor's rate",
  async ({ connect }) => {
    const clients = await Promise.all([connect(), connect()]);
    const streams = clients.map((client) => collect(client, FRAMES));
    for (const client of clients) await client.call("stream_on", { delay_msec: 0, num_frames: FRAMES });
    for (const images of await Promise.all(streams)) {
      const numbers = images.map(wholeFrame);
      expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, i) => (numbers[0] ?? 0) + i));
      const times = images.map(sensorTime);
      const gaps = times.slice(1).map((time, i) => time - (times[i] ?? NaN));
      // Without the longest gap, the sensor's first flat-field correction.
      const rest = gaps.reduce((sum, gap) => sum + gap, 0) - Math.max(...gaps);
      expect((1000 * (gaps.length - 1)) / rest).toBeGreaterThan(8.7);
    }
  },
  { scene: "counter" },
);
