// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { update } from "../../../tools/tcam/update";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { restartAs, SLOW, wiredBoardTest } from "./rig";

const SIZE = 262_144;
const PIECE = 8_192;
const BITS_PER_BYTE = 10;
const BAUD = 230_400;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "tcam-update-"))));
afterEach(() => rmSync(folder, { recursive: true }));

wiredBoardTest(
  "a firmware image is installed over the serial port without a lost chunk, and passes its trial",
  async ({ camera, device }) => {
    const { connection } = camera;
    const { board } = device;
    await camera.image(SLOW);
    const file = join(folder, "firmware.bin");
    writeFileSync(file, makeFirmwareImage({ version: "9.1", size: SIZE }));
    const asked: number[] = [];
    connection.on("get_fw", ({ start }) => asked.push(start));
    const since = device.log.at(-1)?.number ?? 0;
    let pressed = 0;
    const verdict = await update(connection, file, {
      waiting: () => void board.press(300).then(() => (pressed = board.clock.now())),
      progress: () => undefined,
    });
    expect(verdict).toBe("Firmware update success");
    expect(asked).toEqual(Array.from({ length: SIZE / PIECE }, (_, i) => i * PIECE));
    // Base64 makes 4 bytes of 3. The line was not faster than a line is.
    const wire = ((SIZE * 4) / 3) * (BITS_PER_BYTE / BAUD) * 1e6;
    expect(board.clock.now() - pressed).toBeGreaterThan(wire);

    await device.waitForLog(/serial port open/, SLOW, since);
    expect(await connection.call("get_status")).toMatchObject({ status: { Version: "9.1", Model: 262_147 } });
    await camera.image(SLOW);
    await device.waitForLog(/version 9.1 passed its trial/, SLOW, since);
    await restartAs(device, "serial");
    expect(await connection.call("get_status")).toMatchObject({ status: { Version: "9.1" } });
  },
  { speed: 4, flashTiming: true },
);
