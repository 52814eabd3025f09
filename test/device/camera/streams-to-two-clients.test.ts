// SPDX-License-Identifier: Apache-2.0
import { boardTest, collect, sensorTime, wholeFrame } from "./rig";

/** A minute of the sensor's 8.775 Hz. The emulated clock waits for the firmware, so this holds on slow computers too. */
const FRAMES = 527;

boardTest(
  "two clients get every frame of a minute, whole and once, at the sensor's rate",
  async ({ connect }) => {
    const clients = await Promise.all([connect(), connect()]);
    const streams = clients.map((client) => collect(client, FRAMES));
    for (const client of clients) await client.call("stream_on", { delay_msec: 0, num_frames: FRAMES });
    for (const images of await Promise.all(streams)) {
      const numbers = images.map(wholeFrame);
      expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, i) => (numbers[0] ?? 0) + i));
      const [first, last] = [images[0], images.at(-1)].map((image) => (image ? sensorTime(image) : NaN)) as [
        number,
        number,
      ];
      expect((1000 * (FRAMES - 1)) / (last - first)).toBeGreaterThan(8.7);
    }
  },
  { scene: "counter", speed: 4 },
);
