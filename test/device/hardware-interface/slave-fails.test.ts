// SPDX-License-Identifier: Apache-2.0
import type { CamInfo } from "../../../tools/tcam/connection";
import { collect, wholeFrame } from "../camera/rig";
import { pass } from "../board-time";
import { wiredBoardTest } from "./rig";

wiredBoardTest(
  "an SPI slave that fails raises fault 6, is reported once, retried with every image, and recovers",
  async ({ camera, device }) => {
    const { connection } = camera;
    const { board } = device;
    const reported: CamInfo[] = [];
    connection.on("info", (info) => reported.push(info));
    const before = collect(connection, 3);
    await connection.call("stream_on");
    await before;

    board.hostSpi.broken = true;
    await device.waitForLog(/SPI slave: .*; retried with every image/);
    expect(await connection.call("get_status")).toHaveProperty("status"); // notices sent before have arrived now
    await pass(device, 10_000);
    expect(reported).toEqual([{ info_value: 4, info_string: "SPI Slave restart error - images disabled" }]);
    const from = board.clock.now() / 1000 - 8_000;
    expect(redBlinks(board.led.since(from))).toContain(6);

    const after = collect(connection, 3);
    board.hostSpi.broken = false;
    (await after).map(wholeFrame);
    await device.waitForLog(/SPI slave works again/);
    await pass(device, 5_000);
    expect(board.led.color).toBe("green");
    expect(reported).toHaveLength(1);
  },
  { scene: "counter", speed: 4 },
);

wiredBoardTest(
  "get_image fails while the SPI slave fails",
  async ({ camera, device }) => {
    await camera.image(20_000);
    device.board.hostSpi.broken = true;
    await expect(camera.connection.image(20_000)).rejects.toThrow(/^get_image failed: /);
    device.board.hostSpi.broken = false;
    await camera.image(20_000);
  },
  { speed: 2 },
);

/** Lengths of the runs of red blinks: a pause of more than half a second ends a run. */
function redBlinks(changes: readonly { readonly board: number; readonly color: string }[]): number[] {
  const runs: number[] = [];
  let last = -Infinity;
  for (const { board, color } of changes) {
    if (color !== "red") continue;
    if (board - last > 900) runs.push(0);
    runs.push((runs.pop() ?? 0) + 1);
    last = board;
  }
  return runs;
}
