// SPDX-License-Identifier: Apache-2.0
import type { FaultName, FaultSetting } from "../../../simulator/lepton/faults";
import { boardTest, collect, wholeFrame } from "./rig";

/** Faults of the sensor that end by themselves, by a reset or by a resync. Board time runs fast because recovery takes seconds. */
const FAULTS: [name: FaultName, setting: FaultSetting][] = [
  ["stuckDiscards", { count: 1 }],
  ["lostSync", { count: 1 }],
  ["bitSlip", { count: 1 }],
  ["segmentZero", { durationMs: 3000 }],
  ["needsReboot", { durationMs: 8000 }],
  ["wrongSegment", { count: 30, probability: 0.5 }],
  ["droppedPackets", { count: 200, probability: 0.02 }],
  ["duplicatedPackets", { count: 200, probability: 0.02 }],
  ["bitErrors", { count: 500, probability: 0.05 }],
  ["zeroBus", { durationMs: 2000 }],
  ["missingVsync", { durationMs: 3000 }],
  ["i2cNack", { durationMs: 2000 }],
  ["cciNeverReady", { durationMs: 3000 }],
  ["sensorReset", { count: 1 }],
  ["ffcBlackout", { count: 1, value: 3000 }],
];

describe.each(FAULTS)("after %s", (name, setting) => {
  boardTest(
    "the images continue, and none is torn",
    async ({ connect, virtual }) => {
      const client = await connect();
      const images = collect(client, 40);
      await client.call("stream_on", { delay_msec: 0, num_frames: 0 });
      await collect(client, 3);
      const { faults } = virtual.board.lepton;
      faults.set(name, setting);
      // A CCI fault has an effect only on a CCI command.
      if (name === "i2cNack" || name === "cciNeverReady")
        await client.call("get_lep_cci", { command: 0x0204, length: 4 }).catch(() => undefined);
      for (const image of await images) wholeFrame(image);
      expect(faults.list().find((fault) => fault.name === name)?.happened).toBeGreaterThan(0);
      faults.clear(name);
      const numbers = (await collect(client, 20)).map(wholeFrame);
      const repeated = numbers.filter((number, i) => number === numbers[i - 1]);
      expect(repeated).toEqual([]);
    },
    { scene: "counter", seed: 7 },
  );
});
