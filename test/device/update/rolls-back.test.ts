// SPDX-License-Identifier: Apache-2.0
import { openVirtual, withVirtualCamera } from "../camera/rig";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { FirmwareBehaviour } from "../../../simulator/board/storage/firmware-image";
import { encodeMessage, MessageReader } from "../../../tools/tcam/messages";
import { powerCycle } from "../network/rig";
import { withUpdateClient } from "./update-client";
import { connected, install, lastLine, press, restarted, version, withImage } from "./rig";

/** The answers to commands sent together. */
async function answersTo(camera: VirtualCamera, commands: readonly string[]): Promise<Record<string, unknown>[]> {
  const socket = await openVirtual(camera);
  const reader = new MessageReader();
  const answers: Record<string, unknown>[] = [];
  try {
    socket.write(Buffer.concat(commands.map((cmd) => encodeMessage({ cmd }))));
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      answers.push(...reader.push(bytes).map((text) => JSON.parse(text) as Record<string, unknown>));
      if (answers.length >= commands.length) break;
    }
  } finally {
    socket.destroy();
  }
  return answers;
}

/** `Update` of the status, read by another client. */
async function noticeOf(camera: VirtualCamera): Promise<unknown> {
  const [answer] = await answersTo(camera, ["get_status"]);
  return (answer?.["status"] as Record<string, unknown>)["Update"];
}

const FAILURES: [name: string, behaviour: FirmwareBehaviour][] = [
  ["crashes", { crashAfter: 2000 }],
  ["hangs", { hangAfter: 2000 }],
];

/** Expects the notice until the button starts the next update, also after a restart and a rejected request. */
async function expectNoticeUntilNextUpdate(camera: VirtualCamera, notice: string): Promise<void> {
  const log = lastLine(camera);
  await powerCycle(camera);
  await restarted(camera, log);
  expect(await noticeOf(camera)).toBe(notice);
  await withUpdateClient(camera, async (client) => {
    await expect(client.request(100)).rejects.toThrow("fw_update_request failed");
    await client.request();
    expect(await noticeOf(camera)).toBe(notice);
    await press(camera);
    await client.requested(1);
    expect(await noticeOf(camera)).toBeUndefined();
  });
  expect(await noticeOf(camera)).toBeUndefined();
}

test.each(FAILURES)(
  "an image that %s on its trial is rolled back, and every status has the notice until the next update begins",
  async (_, behaviour) => {
    await withImage({ version: "5.0", behaviour }, (path) =>
      withVirtualCamera({}, async (camera) => {
        const log = lastLine(camera);
        expect(await install(camera, path)).toBe("Firmware update success");
        const trial = await camera.waitForLog(/^main: version 5\.0/, 30_000, log);
        await camera.waitForLog(/^main: version 4\.0/, 60_000, trial.number);
        await camera.ready();
        const notice = "Firmware update to 5.0 was rolled back, running 4.0";
        for (let client = 0; client < 2; client++) {
          // One answer for each command, in order: a client pairs them by their order.
          const answers = await answersTo(camera, ["get_status", "get_config", "get_status", "get_wifi"]);
          expect(answers.map((answer) => Object.keys(answer))).toEqual([["status"], ["config"], ["status"], ["wifi"]]);
          const { status } = answers[0] as { status: Record<string, unknown> };
          expect(Object.keys(status)).toEqual(["Camera", "Model", "Version", "Time", "Date", "Update"]);
          expect(status).toMatchObject({ Version: "4.0", Update: notice });
        }
        await expectNoticeUntilNextUpdate(camera, notice);
      }),
    );
  },
);

test("an image without network on its trial is rolled back", async () => {
  await withImage({ version: "5.1" }, (path) =>
    withVirtualCamera({}, async (camera) => {
      await connected(camera, (connection) =>
        connection.call("set_wifi", { flags: 0x81, sta_ssid: "HomeNetwork", sta_pw: "password" }),
      );
      await camera.waitForLog(/HomeNetwork/);
      await camera.waitForLog(/listening on port/, 20_000, lastLine(camera));
      const log = lastLine(camera);
      expect(await install(camera, path)).toBe("Firmware update success");
      camera.board.radio.removeNetwork("HomeNetwork");
      const trial = await camera.waitForLog(/^main: version 5\.1/, 30_000, log);
      await camera.waitForLog(/trial failed/, 400_000, trial.number);
      await camera.waitForLog(/^main: version 4\.0/, 30_000, trial.number);
    }),
  );
});

test("an image of another project is rejected, and the running image stays", async () => {
  await withImage({ version: "5.2", project: "blink" }, (path) =>
    withVirtualCamera({}, async (camera) => {
      await expect(install(camera, path)).rejects.toThrow('of project "blink"');
      expect(await version(camera)).toBe("4.0");
    }),
  );
});
