// SPDX-License-Identifier: Apache-2.0
/** Every way an update ends: its message in the very words, the LED, and that the running image stays. */
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { FlashError } from "../../../simulator/board/storage/flash";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { until } from "../network/rig";
import { blinks, now as boardTime, type Pattern, RED_GREEN, shows, showsSolid } from "../status/waveform";
import { Host, PIECE, withHost } from "./host";
import { now, press, version, withDevice } from "./rig";

const FAST_GREEN: Pattern = [
  ["green", 100],
  ["off", 100],
];
const FAULT_8 = blinks(8);

/** The truth when a client is connected, and when none is. */
const CONNECTED = "green";
const ALONE = "yellow";

async function unchanged(device: VirtualCamera, host: Host): Promise<void> {
  const status = (await host.connection.call("get_status"))["status"] as { Version: string };
  expect(status.Version).toBe("4.0");
  expect(device.board.ota.describe().filter(({ valid }) => valid)).toEqual([]);
}

const info = (info_string: string) => ({ info_value: 6, info_string });

test("nobody presses the button for 60 s", async () => {
  await withDevice({ speed: 10 }, (device) =>
    withHost(device, async (host) => {
      await showsSolid(device, CONNECTED, -1);
      const start = boardTime(device);
      const before = await host.clock();
      await host.request();
      await shows(device, RED_GREEN, start, 4);
      expect(await host.verdict()).toEqual(info("Firmware update request timed out"));
      expect((await host.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(device, CONNECTED, boardTime(device));
      expect(host.requests).toEqual([]);
      // The button is the WiFi's again: a late press starts nothing.
      await press(device);
      await host.exchange();
      expect(host.requests).toEqual([]);
      await unchanged(device, host);
    }),
  );
});

test("the host falls silent: the piece is asked for six times, ten seconds apart", async () => {
  await withDevice({ speed: 10 }, (device) =>
    withHost(device, async (host) => {
      await host.begin();
      const before = await host.clock();
      host.serve();
      expect(await host.verdict()).toEqual(info("Host did not respond to multiple chunk requests"));
      expect(host.requests[0]).toMatchObject({ start: 0, length: PIECE });
      // A busy computer may have been asked for the first piece again before it sent it.
      const rest = host.requests.filter(({ start }) => start !== 0);
      expect(rest.map(({ start, length }) => [start, length])).toEqual(Array(6).fill([PIECE, PIECE]));
      expect((await host.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(device, CONNECTED, boardTime(device));
      await unchanged(device, host);
    }),
  );
});

test("the button is pressed while the image comes", async () => {
  await withDevice({ speed: 2 }, (device) =>
    withHost(device, async (host) => {
      await host.begin();
      const start = boardTime(device);
      await shows(device, FAST_GREEN, start, 3);
      host.serve();
      await host.asked(2);
      await press(device);
      expect(await host.verdict()).toEqual(info("Firmware update terminated by user"));
      await showsSolid(device, CONNECTED, boardTime(device));
      // A piece that comes late is of no update: no answer, no piece asked for.
      host.serve();
      await host.exchange();
      expect(host.requests).toHaveLength(2);
      expect(host.infos).toHaveLength(1);
      await unchanged(device, host);
      // And it can be begun again.
      await host.begin();
      expect(host.requests.at(-1)).toMatchObject({ start: 0 });
    }),
  );
});

test.each([
  ["while the button is waited for", (host: Host) => host.request()],
  ["while the image comes", (host: Host) => host.begin()],
])("its client goes %s", async (_, reach) => {
  await withDevice({ speed: 4 }, async (device) => {
    const host = await Host.open(device);
    await reach(host);
    const log = now(device);
    const gone = boardTime(device);
    host.connection.close();
    await device.waitForLog(/update: update ended: its client is gone/, 10_000, log);
    await showsSolid(device, ALONE, gone);
    await withHost(device, async (next) => {
      await press(device);
      await next.exchange();
      expect(next.requests).toEqual([]);
      await unchanged(device, next);
      // No trace of the first one keeps another from updating.
      await next.begin();
      await next.serveAll();
      expect(next.infos).toEqual([info("Firmware update success")]);
    });
  });
});

test("another client's request is refused, and its pieces are not taken, in either stage", async () => {
  await withDevice({ speed: 4 }, (device) =>
    withHost(device, (host) =>
      withHost(device, async (other) => {
        const words = "fw_update_request failed: another client's update is under way";
        await host.request();
        await expect(other.request()).rejects.toThrow(words);
        await press(device);
        await host.asked(1);
        await expect(other.request()).rejects.toThrow(words);
        other.send(0, Buffer.alloc(PIECE, 0xe9));
        await other.exchange();
        await host.serveAll();
        expect(host.infos).toEqual([info("Firmware update success")]);
        expect(other.requests).toEqual([]);
        expect(other.infos).toEqual([]);
      }),
    ),
  );
});

test("an image too large for its slot is refused at the request, with both sizes; one that fills it is not", async () => {
  await withDevice({ speed: 4 }, (device) =>
    withHost(device, async (host) => {
      await showsSolid(device, CONNECTED, -1);
      const start = boardTime(device);
      const words = "fw_update_request failed: 2097153 bytes do not fit the slot's 2097152";
      await expect(host.request(0x200001)).rejects.toThrow(words);
      // Nothing waits for the button, and no fault is shown.
      const log = now(device);
      await press(device);
      await device.waitForLog(/button: short press, none/, 10_000, log);
      await host.exchange();
      expect(host.requests).toEqual([]);
      expect(host.infos).toEqual([]);
      expect(device.board.led.since(start)).toEqual([]);
      await host.request(0x200000);
      await shows(device, RED_GREEN, start, 2);
    }),
  );
});

test("a second request of the same client begins anew: the LED asks again, and the last image is the one that is installed", async () => {
  await withDevice({ speed: 2 }, (device) =>
    withHost(device, async (host) => {
      await host.begin();
      host.serve();
      await host.asked(2);
      host.image = makeFirmwareImage({ version: "7.2", size: 12_000, seed: 9 });
      const start = boardTime(device);
      await host.request(host.image.length, "7.2");
      await shows(device, RED_GREEN, start, 2);
      await press(device);
      await host.asked(3);
      expect(host.requests.at(-1)).toMatchObject({ start: 0, length: PIECE });
      const log = now(device);
      await host.serveAll();
      expect(host.infos).toEqual([info("Firmware update success")]);
      await device.waitForLog(/^main: version 7\.2 in ota_0/, 20_000, log);
    }),
  );
});

test("repeated, early, short and overlong pieces do no harm", async () => {
  await withDevice({ speed: 4 }, (device) =>
    withHost(device, async (host) => {
      await host.begin();
      // Early, and not on a piece's boundary.
      host.send(PIECE, host.image.subarray(PIECE, 2 * PIECE));
      host.send(100, host.image.subarray(100, 100 + PIECE));
      await host.exchange();
      expect(host.requests).toHaveLength(1);
      // Short: asked for again.
      host.send(0, host.image.subarray(0, 100));
      await host.asked(2);
      // Longer than any piece.
      const long = host.image.subarray(0, PIECE + 4);
      await expect(
        host.connection.call("fw_segment", { start: 0, length: long.length, data: long.toString("base64") }),
      ).rejects.toThrow("fw_segment failed: length must be an integer from 1 to 8192");
      // What the host says of the length is checked against what came.
      const data = host.image.subarray(0, PIECE).toString("base64");
      await expect(host.connection.call("fw_segment", { start: 0, length: 100, data })).rejects.toThrow(
        "fw_segment failed: data must be base64 of exactly 100 bytes",
      );
      host.serve();
      await host.asked(3);
      // Repeated.
      host.send(0, host.image.subarray(0, PIECE));
      await host.exchange();
      expect(host.requests).toHaveLength(3);
      host.serve();
      await host.asked(4);
      // The last piece is longer than what is left: asked for again.
      host.send(2 * PIECE, host.image.subarray(PIECE, 2 * PIECE));
      await host.asked(5);
      expect(host.requests.at(-1)).toMatchObject({ start: 2 * PIECE, length: host.image.length - 2 * PIECE });
      await host.serveAll();
      expect(host.infos).toEqual([info("Firmware update success")]);
      await device.waitForLog(/^main: version 7\.1 in ota_0/, 20_000);
    }),
  );
});

test("a piece without an update gets no answer", async () => {
  await withDevice({ speed: 4 }, (device) =>
    withHost(device, async (host) => {
      host.send(0, host.image.subarray(0, PIECE));
      await host.exchange();
      expect(host.infos).toEqual([]);
      expect(host.requests).toEqual([]);
    }),
  );
});

describe("fault 8 is shown and the running image stays when", () => {
  /** Runs an update that fails by itself. */
  async function fails(words: string, prepare: (host: Host, device: VirtualCamera) => void): Promise<void> {
    await withDevice({ speed: 3 }, (device) =>
      withHost(device, async (host) => {
        prepare(host, device);
        await host.request();
        await press(device);
        await until("a piece request or a verdict", () => host.requests.length + host.infos.length > 0);
        if (host.infos.length === 0) await host.serveAll();
        const start = boardTime(device);
        expect(host.infos).toEqual([info(words)]);
        await shows(device, FAULT_8, start);
        await unchanged(device, host);
      }),
    );
  }

  test("the flash cannot be written", () =>
    fails("Firmware update flash update failed", (_, device) => {
      device.board.flash.partition("ota_0").program = () => {
        throw new FlashError("write protected");
      };
    }));

  test("the flash cannot be erased", () =>
    fails("Firmware update flash update failed", (_, device) => {
      device.board.flash.partition("ota_0").erase = () => {
        throw new FlashError("write protected");
      };
    }));

  test("the image is damaged", () =>
    fails("Firmware update validation failed", (host) => (host.image[15_000] = (host.image[15_000] ?? 0) ^ 1)));

  test("the image is for another chip", () =>
    fails("Firmware update validation failed", (host) => {
      host.image = makeFirmwareImage({ version: "7.1", size: 20_000, chip: 9 });
    }));

  test("the image is of another version than announced", () =>
    fails(
      "Firmware update validation failed",
      (host) => (host.image = makeFirmwareImage({ version: "7.3", size: 20_000 })),
    ));

  test("the image is shorter than announced", () =>
    fails("Firmware update validation failed", (host) => {
      host.image = Buffer.concat([makeFirmwareImage({ version: "7.1", size: 19_984 }), Buffer.alloc(16, 0xff)]);
    }));
});

test("a minute after an update that failed the LED shows the connection again", async () => {
  await withDevice({ speed: 10 }, (device) =>
    withHost(device, async (host) => {
      host.image[0] = 0;
      await host.begin();
      const before = await host.clock();
      await host.serveAll();
      expect(host.infos).toEqual([info("Firmware update validation failed")]);
      await device.waitForLog(/status: LED: ready/, 30_000, now(device));
      expect((await host.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(device, CONNECTED, boardTime(device));
    }),
  );
});

test("after success the camera restarts, and not before the message is out", async () => {
  await withDevice({ speed: 2 }, (device) =>
    withHost(device, async (host) => {
      await host.begin();
      const log = now(device);
      await host.serveAll();
      expect(host.infos).toEqual([info("Firmware update success")]);
      await device.waitForLog(/board: start \(software\)/, 20_000, log);
      await device.ready();
      expect(await version(device)).toBe("7.1");
    }),
  );
});
