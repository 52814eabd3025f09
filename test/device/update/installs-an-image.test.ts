// SPDX-License-Identifier: Apache-2.0
import { Tcam } from "../../unit/tcam/tcam";
import { collect, withVirtualCamera } from "../camera/rig";
import { connected, install, lastLine, press, restarted, version, withImage } from "./rig";

/** Milliseconds after which a firmware image passes its trial without an answered get_status. */
const TRIAL_TIME = 60_000;

test("tcam update installs the new version, which stays after a power cycle", async () => {
  await withImage({ version: "4.7", size: 120_000 }, (path) =>
    withVirtualCamera({ network: "real", speed: 4 }, async (camera) => {
      const log = lastLine(camera);
      const address = ["--host", camera.host, "--port", String(camera.port)];
      const tcam = new Tcam([...address, "update", path]);
      await tcam.prints(/press the camera's button/);
      await press(camera);
      const { code, out } = await tcam.exit;
      expect(out).toContain("Firmware update success; the camera restarts");
      expect(code).toBe(0);
      await restarted(camera, log);
      expect(await version(camera)).toBe("4.7");
      // With a frame, the network and an answered get_status the image passes its trial before the minute ends.
      const begun = await camera.waitForLog(/runs on trial/, 30_000, log);
      const passed = await camera.waitForLog(/passed its trial and stays/, 30_000, log);
      expect(passed.board - begun.board).toBeLessThan(TRIAL_TIME);
      await camera.board.powerOff();
      await camera.board.powerOn();
      await camera.ready();
      expect(await version(camera)).toBe("4.7");
    }),
  );
});

test("during an update another client's stream continues, and the LED shows request and progress", async () => {
  await withImage({ version: "4.7", size: 60_000 }, (path) =>
    withVirtualCamera({ flashTiming: true }, async (camera) => {
      await connected(camera, async (watching) => {
        let images = 0;
        watching.on("image", () => images++);
        await watching.call("stream_on");
        await collect(watching, 1);
        const before = images;
        const log = lastLine(camera);
        const start = camera.board.led.since().at(-1)?.board ?? 0;
        expect(await install(camera, path)).toBe("Firmware update success");
        expect(images).toBeGreaterThan(before);
        const colors = new Set(camera.board.led.since(start).map(({ color }) => color));
        expect(colors).toEqual(new Set(["red", "green", "off"]));
        await restarted(camera, log);
      });
      expect(await version(camera)).toBe("4.7");
    }),
  );
});
