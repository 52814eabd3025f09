// SPDX-License-Identifier: Apache-2.0
import { connect } from "node:net";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { FirmwareBehaviour } from "../../../simulator/board/storage/firmware-image";
import { encodeMessage, MessageReader } from "../../../tools/tcam/messages";
import { powerCycle } from "../network/rig";
import { withHost } from "./host";
import { connected, install, now, press, restarted, version, withDevice, withImage } from "./rig";

/** The packets that a client gets that sends these commands at once and waits for nothing. */
async function packetsFor(device: VirtualCamera, commands: readonly string[]): Promise<Record<string, unknown>[]> {
  const socket = connect(device.port, device.host);
  const reader = new MessageReader();
  const packets: Record<string, unknown>[] = [];
  try {
    socket.write(Buffer.concat(commands.map((cmd) => encodeMessage({ cmd }))));
    for await (const bytes of socket as AsyncIterable<Buffer>) {
      packets.push(...reader.push(bytes).map((text) => JSON.parse(text) as Record<string, unknown>));
      if (packets.length >= commands.length) break;
    }
  } finally {
    socket.destroy();
  }
  return packets;
}

/** `Update` of the status, as one more client reads it. */
async function noticeOf(device: VirtualCamera): Promise<unknown> {
  const [packet] = await packetsFor(device, ["get_status"]);
  return (packet?.["status"] as Record<string, unknown>)["Update"];
}

const BAD: [what: string, behaviour: FirmwareBehaviour][] = [
  ["crashes", { crashAfter: 2000 }],
  ["hangs", { hangAfter: 2000 }],
];

/** A refused request and a restart leave the notice; the button's agreement to the next update ends it. */
async function untilTheNextUpdate(device: VirtualCamera, notice: string): Promise<void> {
  const log = now(device);
  await powerCycle(device);
  await restarted(device, log);
  expect(await noticeOf(device)).toBe(notice);
  await withHost(device, async (host) => {
    await expect(host.request(100)).rejects.toThrow("fw_update_request failed");
    await host.request();
    expect(await noticeOf(device)).toBe(notice);
    await press(device);
    await host.asked(1);
    expect(await noticeOf(device)).toBeUndefined();
  });
  expect(await noticeOf(device)).toBeUndefined();
}

test.each(BAD)(
  "an image that %s on its trial gives way to the previous one, and every status says so until the next update begins",
  async (_, behaviour) => {
    await withImage({ version: "5.0", behaviour }, (path) =>
      withDevice({ speed: 8 }, async (device) => {
        const log = now(device);
        expect(await install(device, path)).toBe("Firmware update success");
        const trial = await device.waitForLog(/^main: version 5\.0/, 30_000, log);
        await device.waitForLog(/^main: version 4\.0/, 60_000, trial.number);
        await device.ready();
        const notice = "Firmware update to 5.0 was rolled back, running 4.0";
        for (let client = 0; client < 2; client++) {
          // One answer a command, in the order of the commands: a client pairs them by that.
          const packets = await packetsFor(device, ["get_status", "get_config", "get_status", "get_wifi"]);
          expect(packets.map((packet) => Object.keys(packet))).toEqual([["status"], ["config"], ["status"], ["wifi"]]);
          const { status } = packets[0] as { status: Record<string, unknown> };
          expect(Object.keys(status)).toEqual(["Camera", "Model", "Version", "Time", "Date", "Update"]);
          expect(status).toMatchObject({ Version: "4.0", Update: notice });
        }
        await untilTheNextUpdate(device, notice);
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
