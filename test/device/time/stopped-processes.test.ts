// SPDX-License-Identifier: Apache-2.0
/** A computer that leaves one of the two processes out for long: the camera does not notice it. */
import { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { Launcher } from "../launcher/launcher";
import { StreamingClient, stopProcess, troubles } from "./rig";

const FRAMES = 10;

test("the firmware's process stopped for 11 s while it streams: board time stands still, and nothing is lost", async () => {
  const device = await VirtualCamera.start({ scene: "counter", control: undefined });
  try {
    await device.ready();
    const client = await StreamingClient.open(device);
    await client.more(FRAMES);
    const before = device.board.clock.now();
    await stopProcess(device.board.chip.pid ?? 0);
    // What the firmware had to do was at most one event of the board away.
    expect(device.board.clock.now() - before).toBeLessThan(1e6);
    const stopped = client.frames.length;
    await client.more(FRAMES);
    const seen = client.frames.slice(stopped - 1);
    expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
    expect(device.board.chip.starts).toBe(1);
    expect(troubles(device)).toEqual([]);
    client.close();
  } finally {
    await device.stop();
  }
});

test("the board's process stopped for 11 s while it streams: at most 250 ms are caught up, and nothing is lost", async () => {
  const launcher = new Launcher(["--port", "0", "--http", "0", "--control", "0", "--scene", "counter"]);
  try {
    const [, port = ""] = await launcher.prints(/127\.0\.0\.1:(\d+)\n/);
    const [, control = ""] = await launcher.prints(/Control page: (\S+)\n/);
    const state = async (): Promise<State> => (await (await fetch(`${control}state`)).json()) as State;
    const client = await StreamingClient.open({ host: "127.0.0.1", port: Number(port) });
    await client.more(FRAMES);
    const before = await state();
    await stopProcess(-(launcher.child.pid ?? 0));
    const after = await state();
    expect(after.board.ms - before.board.ms).toBeLessThan(11_000);
    expect(after.board.slippedMs).toBeGreaterThan(10_000);
    const stopped = client.frames.length;
    await client.more(FRAMES);
    const seen = client.frames.slice(stopped - 1);
    expect(seen).toEqual(seen.map((_, i) => (seen[0] ?? 0) + i));
    expect(await state()).toMatchObject({ chip: { starts: 1 }, lepton: { syncLosses: before.lepton.syncLosses } });
    await launcher.prints(/board: real time: \d+ ms are not caught up/);
    expect(launcher.out).not.toMatch(/ E .*: /);
    client.close();
  } finally {
    launcher.kill();
  }
});

interface State {
  readonly board: { readonly ms: number; readonly slippedMs: number };
  readonly chip: { readonly starts: number };
  readonly lepton: { readonly syncLosses: number };
}
