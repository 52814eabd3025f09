// SPDX-License-Identifier: Apache-2.0
import type { CamInfo } from "../../../tools/tcam/connection";
import type { Device } from "../../../simulator/board/device";
import type { ImageBehaviour } from "../../../simulator/board/storage/image";
import { connected, install, now, version, withDevice, withImage } from "./rig";

/** Asks for the status. @returns the version, and the unasked messages that came with it */
async function ask(device: Device): Promise<{ running: string; messages: CamInfo[] }> {
  return connected(device, async (connection) => {
    const messages: CamInfo[] = [];
    connection.on("info", (info) => messages.push(info));
    const answer = await connection.call("get_status");
    await connection.call("get_config");
    return { running: (answer["status"] as { Version: string }).Version, messages };
  });
}

const BAD: [what: string, behaviour: ImageBehaviour][] = [
  ["crashes", { crashAfter: 2000 }],
  ["hangs", { hangAfter: 2000 }],
];

test.each(BAD)(
  "an image that %s on its trial gives way to the previous one, and the next client is told once",
  async (_, behaviour) => {
    await withImage({ version: "5.0", behaviour }, (path) =>
      withDevice({ speed: 8 }, async (device) => {
        const log = now(device);
        expect(await install(device, path)).toBe("Firmware update success");
        const trial = await device.waitForLog(/^main: version 5\.0/, 30_000, log);
        await device.waitForLog(/^main: version 4\.0/, 60_000, trial.number);
        await device.ready();
        const text = "Firmware update to 5.0 was rolled back, running 4.0";
        expect(await ask(device)).toEqual({ running: "4.0", messages: [{ info_value: 6, info_string: text }] });
        expect(await ask(device)).toEqual({ running: "4.0", messages: [] });
      }),
    );
  },
  120_000,
);

test("an image whose network never comes up gives way to the previous one", async () => {
  await withImage({ version: "5.1" }, (path) =>
    withDevice({ speed: 10 }, async (device) => {
      await connected(device, (connection) =>
        connection.call("set_wifi", { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" }),
      );
      await device.waitForLog(/HomeNetwork/, 10_000);
      await device.waitForLog(/listening on port/, 20_000, now(device));
      const log = now(device);
      expect(await install(device, path)).toBe("Firmware update success");
      device.board.radio.removeNetwork("HomeNetwork");
      const trial = await device.waitForLog(/^main: version 5\.1/, 30_000, log);
      await device.waitForLog(/trial failed/, 60_000, trial.number);
      await device.waitForLog(/^main: version 4\.0/, 30_000, trial.number);
    }),
  );
}, 120_000);

test("a bad image is refused, fault 8 is shown, and the running image stays", async () => {
  await withImage({ version: "5.2", project: "blink" }, (path) =>
    withDevice({ speed: 4 }, async (device) => {
      await expect(install(device, path)).rejects.toThrow('of project "blink"');
      expect(await version(device)).toBe("4.0");
    }),
  );
});
