// SPDX-License-Identifier: Apache-2.0
/** What an update leaves of another client's stream, on flash that stops both cores as the ESP32's does. */
import { SLOW_FLASH } from "../../../simulator/board/storage/flash-chip";
import { LIMIT, NEVER } from "../board-time";
import { openUnlimited } from "../camera/rig";
import { type Figures, StreamedUpdate, type StreamedUpdateOptions } from "./streamed-update";

const BLOCK = 65_536;
/** Sixteen blocks of 64 KB: the last one is not whole. */
const SIZE = 1_000_000;
/** Six blocks. */
const SHORT = 6 * BLOCK;
/** Milliseconds that a chunk takes over WiFi, with the client's and the firmware's work. */
const TRANSPORT = 40;

const PARTS = ["tolerant", "datasheet"] as const;

function run<T>(
  options: Omit<StreamedUpdateOptions, "size"> & { size?: number },
  work: (update: StreamedUpdate) => Promise<T>,
): Promise<T> {
  return StreamedUpdate.run({ size: SIZE, transport: TRANSPORT, ...options }, work);
}

/** Four fifths of the frames, no gap over half a second, no fault, no reset of the sensor. */
function expectStream({ frames, received, gap, faults }: Figures): void {
  expect(faults).toEqual([]);
  expect(received).toBeGreaterThanOrEqual(Math.floor(0.8 * frames));
  expect(gap).toBeLessThanOrEqual(500);
}

describe.each(PARTS)("with a %s part", (strictness) => {
  test("another client gets four fifths of the frames without a gap over half a second", () => {
    let [waiting, slowest] = [false, 0];
    /** Milliseconds until a command is answered. */
    const ask = ({ camera, watching }: StreamedUpdate): void => {
      if (waiting) return;
      const { clock } = camera.board;
      const begun = clock.now();
      waiting = true;
      const answered = (): void => {
        waiting = false;
        slowest = Math.max(slowest, (clock.now() - begun) / 1000);
      };
      watching.call("get_config", undefined, NEVER).then(answered, () => undefined);
    };
    return run({ strictness, onStep: ask }, async (update) => {
      await update.begin();
      const figures = await update.finish();
      expect(update.results).toEqual(["Firmware update success"]);
      expectStream(figures);
      expect(figures.received).toBeGreaterThan(60);
      // The flash alone takes 250 ms to erase a block and 172 ms to write it; each chunk 40 ms to arrive.
      expect(figures.duration).toBeLessThan(Math.ceil(SIZE / BLOCK) * 1_300);
      // Nothing but the flash's own stop holds up a command.
      expect(slowest).toBeGreaterThan(200);
      expect(slowest).toBeLessThanOrEqual(260);
      const flash = update.camera.board.flash.partition("ota_0").read(0, SIZE);
      expect(flash.equals(update.image.subarray(0, SIZE))).toBe(true);
    });
  });

  test("a slow flash costs a third frame for each block, and the pauses are further apart", () =>
    run({ strictness, flash: SLOW_FLASH }, async (update) => {
      await update.begin();
      const figures = await update.finish();
      expect(update.results).toEqual(["Firmware update success"]);
      expectStream(figures);
    }));

  test("a flat-field correction in the middle ends as always", () =>
    run({ strictness, size: SHORT }, async (update) => {
      let answered = false;
      await update.begin();
      await update.until(() => update.requested > BLOCK);
      const begun = update.camera.board.clock.now();
      void update.watching.call("run_ffc", undefined, NEVER).then(() => (answered = true));
      await update.until(() => answered, 10_000);
      const ms = (update.camera.board.clock.now() - begun) / 1000;
      const figures = await update.finish();
      expect(update.results).toEqual(["Firmware update success"]);
      expect(figures.faults).toEqual([]);
      expect(ms).toBeLessThan(4_000);
      // The correction holds the video back for longer than any pause; beside it the rule holds.
      expect(figures.received).toBeGreaterThan(0.75 * (figures.frames - ms / 114));
    }));

  // 0.3 s later the write would follow a pause; 0.7 s later, one would follow it.
  test.each([0, 300, 700])("a settings write in a block's middle and %d ms costs a frame or a resync", (ms) =>
    run({ strictness, size: SHORT }, async (update) => {
      await update.begin();
      await update.until(() => update.requested > BLOCK + BLOCK / 2);
      await update.pass(ms);
      let emissivity = 90;
      void update.watching.call("set_config", { emissivity }, NEVER).then(() => (emissivity = 0));
      await update.until(() => emissivity === 0, 5_000);
      const figures = await update.finish();
      expect(update.results).toEqual(["Firmware update success"]);
      expect(figures.faults).toEqual([]);
      // Beside the two frames of each block's pause.
      const lost = figures.frames - figures.received - 2 * (SHORT / BLOCK);
      expect(lost).toBeLessThanOrEqual(strictness === "tolerant" ? 1 : 3);
      expect(figures.gap).toBeLessThanOrEqual(500);
    }),
  );

  test.each(["in a pause", "between two pauses"])("the updating client is lost %s: the video goes on", (when) =>
    run({ strictness }, async (update) => {
      await update.begin();
      const { firmware } = update.camera.board.pacer;
      await update.until(() => update.requested >= (when === "in a pause" ? BLOCK : BLOCK + BLOCK / 4));
      if (when === "in a pause") await update.until(() => firmware.stalled, 5_000);
      update.updating.close();
      await update.pass(3_000);
      const figures = update.figures();
      expect(figures.faults).toEqual([]);
      expect(update.camera.log.some(({ text }) => text === "update ended: its client disconnected")).toBe(true);
      const last = update.arrivals.filter((time) => time > (update.arrivals.at(-1) ?? 0) - 2_000);
      expect(last.length).toBeGreaterThanOrEqual(17);
      // The next update works, too.
      const next = await openUnlimited(update.camera);
      await next.call("fw_update_request", { length: SIZE, version: "4.9" });
      next.close();
    }),
  );

  test("the power is cut in an erase: the old firmware starts and streams", () =>
    run({ strictness }, async (update) => {
      await update.begin();
      const { board } = update.camera;
      await update.until(() => update.requested >= BLOCK - 8192);
      await update.until(() => update.requested >= BLOCK, 5_000);
      await update.until(() => board.pacer.firmware.stalled, 5_000);
      const frames = update.arrivals.length;
      await board.powerOff();
      await board.powerOn();
      await update.camera.ready(LIMIT);
      expect(board.chip.choice?.label).toBe("factory");
      await update.camera.advance(8_000);
      const again = await openUnlimited(update.camera);
      let images = 0;
      again.on("image", () => (images += 1));
      again.on("close", () => undefined);
      await again.call("stream_on", { delay_msec: 0, num_frames: 0 });
      await update.camera.advance(2_000);
      expect(images).toBeGreaterThanOrEqual(16);
      expect(frames).toBeGreaterThan(0);
      again.close();
    }));
});
