// SPDX-License-Identifier: Apache-2.0
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { collect } from "../camera/rig";
import { connected, install, now, restarted, version, withDevice, withImage } from "./rig";

/** Milliseconds of the camera's time after which an image passes without an answered get_status. */
const TRIAL_TIME = 60_000;

test("tcam update, with the button pressed, ends in the new version; it stays after a power cycle", async () => {
  await withImage({ version: "4.7", size: 120_000 }, (path) =>
    withDevice({ speed: 4 }, async (device) => {
      const log = now(device);
      const address = ["--host", device.host, "--port", String(device.port)];
      const tcam = spawn(process.execPath, [
        join(__dirname, "../../../tools/tcam/tcam.js"),
        ...address,
        "update",
        path,
      ]);
      let text = "";
      tcam.stdout.on("data", (bytes: Buffer) => {
        text += bytes.toString();
        if (text.includes("press the camera's button") && !device.board.buttonDown) void device.board.press(1500);
      });
      const [code] = (await once(tcam, "close")) as [number];
      expect(text).toContain("Firmware update success; the camera restarts");
      expect(code).toBe(0);
      await restarted(device, log);
      expect(await version(device)).toBe("4.7");
      // get_status was answered: with a frame and the network up, the trial is passed, long before its minute is over.
      const begun = await device.waitForLog(/runs on trial/, 30_000, log);
      const passed = await device.waitForLog(/passed its trial and stays/, 30_000, log);
      expect(passed.board - begun.board).toBeLessThan(TRIAL_TIME);
      await device.board.powerOff();
      await device.board.powerOn();
      await device.ready();
      expect(await version(device)).toBe("4.7");
    }),
  );
});

test("another client's stream goes on meanwhile, and the LED shows request, update and the truth again", async () => {
  await withImage({ version: "4.7", size: 60_000 }, (path) =>
    withDevice({ speed: 4, flashTiming: true }, async (device) => {
      await connected(device, async (watching) => {
        let images = 0;
        watching.on("image", () => images++);
        await watching.call("stream_on");
        await collect(watching, 1);
        const before = images;
        const log = now(device);
        const lamp = device.board.led.since().at(-1)?.board ?? 0;
        expect(await install(device, path)).toBe("Firmware update success");
        expect(images).toBeGreaterThan(before);
        const colours = new Set(device.board.led.since(lamp).map(({ color }) => color));
        expect(colours).toEqual(new Set(["red", "green", "off"]));
        await restarted(device, log);
      });
      expect(await version(device)).toBe("4.7");
    }),
  );
});
