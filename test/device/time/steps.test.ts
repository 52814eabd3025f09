// SPDX-License-Identifier: Apache-2.0
/** Stepped time: it moves only when the program says so, and the same steps make the same camera. */
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { LogLine } from "../../../simulator/board/journal";
import { Connection } from "../../../tools/tcam/connection";

async function withCamera<T>(work: (device: VirtualCamera) => Promise<T>): Promise<T> {
  const device = await VirtualCamera.start({ scene: "counter", control: undefined, speed: "stepped" });
  try {
    return await work(device);
  } finally {
    await device.stop();
  }
}

test("time stands still between steps, and a step lasts as long as it says", () =>
  withCamera(async ({ board, advance, ...rest }) => {
    void advance;
    void rest;
    await board.pacer.advance(1_000);
    expect(board.clock.now()).toBe(1_000_000);
    await board.pacer.advance(0.5);
    expect(board.clock.now()).toBe(1_000_500);
  }));

test("a client is answered while time stands still", () =>
  withCamera(async (device) => {
    await device.ready();
    await device.advance(2_000);
    const now = device.board.clock.now();
    const connection = await Connection.open({ host: device.host, port: device.port, timeout: 60_000 });
    expect((await connection.call("get_status"))["status"]).toMatchObject({ Camera: expect.stringContaining("tCam") });
    expect(device.board.clock.now()).toBe(now);
    connection.close();
  }));

test("two runs of the same steps print the same log at the same times", async () => {
  // Multicast is a real socket's: what comes over it is not the board's.
  const own = ({ part }: LogLine): boolean => part !== "discovery";
  const run = (): Promise<string[]> =>
    withCamera(async (device) => {
      for (let i = 0; i < 20; i++) await device.advance(500);
      await device.board.reset();
      await device.advance(5_000);
      return device.log.filter(own).map(({ board, level, part, text }) => `${board} ${level} ${part}: ${text}`);
    });
  const first = await run();
  expect(first.length).toBeGreaterThan(20);
  expect(await run()).toEqual(first);
});
