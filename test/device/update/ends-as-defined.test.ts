// SPDX-License-Identifier: Apache-2.0
/** Every end of an update: its exact message, the LED, and that the running image stays. */
import { withVirtualCamera } from "../camera/rig";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { FlashError } from "../../../simulator/board/storage/flash";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { until, boardTime } from "../board-time";
import { blinks, type Pattern, RED_GREEN, shows, showsSolid } from "../status/waveform";
import { CHUNK, UpdateClient, withUpdateClient } from "./update-client";
import { lastLine, press, version } from "./rig";

const FAST_GREEN: Pattern = [
  ["green", 100],
  ["off", 100],
];
const FAULT_8 = blinks(8);

/** The LED with and without a client. */
const CONNECTED = "green";
const ALONE = "yellow";

async function expectUnchanged(camera: VirtualCamera, client: UpdateClient): Promise<void> {
  const status = (await client.connection.call("get_status"))["status"] as { Version: string };
  expect(status.Version).toBe("4.0");
  expect(camera.board.ota.describe().filter(({ valid }) => valid)).toEqual([]);
}

const info = (info_string: string) => ({ info_value: 6, info_string });

test("the button is not pressed for 60 s", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await showsSolid(camera, CONNECTED, -1);
      const start = boardTime(camera);
      const before = await client.clock();
      await client.request();
      await shows(camera, RED_GREEN, start, 4);
      expect(await client.result()).toEqual(info("Firmware update request timed out"));
      expect((await client.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(camera, CONNECTED, boardTime(camera));
      expect(client.requests).toEqual([]);
      // A late press has no effect on the update.
      await press(camera);
      await client.exchange();
      expect(client.requests).toEqual([]);
      await expectUnchanged(camera, client);
    }),
  );
});

test("the client stops answering: the chunk is requested six times, ten seconds apart", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await client.begin();
      const before = await client.clock();
      client.serve();
      expect(await client.result()).toEqual(info("Host did not respond to multiple chunk requests"));
      expect(client.requests[0]).toMatchObject({ start: 0, length: CHUNK });
      // On a busy computer the first chunk may be requested again before it is sent.
      const rest = client.requests.filter(({ start }) => start !== 0);
      expect(rest.map(({ start, length }) => [start, length])).toEqual(Array(6).fill([CHUNK, CHUNK]));
      expect((await client.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(camera, CONNECTED, boardTime(camera));
      await expectUnchanged(camera, client);
    }),
  );
});

test("the button is pressed during the transfer", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await client.begin();
      const start = boardTime(camera);
      await shows(camera, FAST_GREEN, start, 3);
      client.serve();
      await client.requested(2);
      await press(camera);
      expect(await client.result()).toEqual(info("Firmware update terminated by user"));
      await showsSolid(camera, CONNECTED, boardTime(camera));
      // A late chunk belongs to no update: no answer, no request.
      client.serve();
      await client.exchange();
      expect(client.requests).toHaveLength(2);
      expect(client.infos).toHaveLength(1);
      await expectUnchanged(camera, client);
      // Another update can begin.
      await client.begin();
      expect(client.requests.at(-1)).toMatchObject({ start: 0 });
    }),
  );
});

test.each([
  ["while the camera waits for the button", (client: UpdateClient) => client.request()],
  ["during the transfer", (client: UpdateClient) => client.begin()],
])("its client leaves %s", async (_, reach) => {
  await withVirtualCamera({}, async (camera) => {
    const client = await UpdateClient.open(camera);
    await reach(client);
    const log = lastLine(camera);
    const gone = boardTime(camera);
    client.connection.close();
    await camera.waitForLog(/update: update ended: its client disconnected/, 10_000, log);
    await showsSolid(camera, ALONE, gone);
    await withUpdateClient(camera, async (next) => {
      await press(camera);
      await next.exchange();
      expect(next.requests).toEqual([]);
      await expectUnchanged(camera, next);
      // The first update does not prevent another one.
      await next.begin();
      await next.serveAll();
      expect(next.infos).toEqual([info("Firmware update success")]);
    });
  });
});

test("another client's request and chunks are rejected in both stages", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, (client) =>
      withUpdateClient(camera, async (other) => {
        const message = "fw_update_request failed: another client's update is under way";
        await client.request();
        await expect(other.request()).rejects.toThrow(message);
        await press(camera);
        await client.requested(1);
        await expect(other.request()).rejects.toThrow(message);
        other.send(0, Buffer.alloc(CHUNK, 0xe9));
        await other.exchange();
        await client.serveAll();
        expect(client.infos).toEqual([info("Firmware update success")]);
        expect(other.requests).toEqual([]);
        expect(other.infos).toEqual([]);
      }),
    ),
  );
});

test("an image larger than its slot is rejected at the request, with both sizes; one of the same size is accepted", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await showsSolid(camera, CONNECTED, -1);
      const start = boardTime(camera);
      const message = "fw_update_request failed: 2097153 bytes do not fit the slot's 2097152";
      await expect(client.request(0x200001)).rejects.toThrow(message);
      // The camera does not wait for the button, and no fault is shown.
      const log = lastLine(camera);
      await press(camera);
      await camera.waitForLog(/button: short press, none/, 10_000, log);
      await client.exchange();
      expect(client.requests).toEqual([]);
      expect(client.infos).toEqual([]);
      expect(camera.board.led.since(start)).toEqual([]);
      await client.request(0x200000);
      await shows(camera, RED_GREEN, start, 2);
    }),
  );
});

test("a second request of the same client restarts the update, and the second image is installed", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await client.begin();
      client.serve();
      await client.requested(2);
      client.image = makeFirmwareImage({ version: "7.2", size: 12_000, seed: 9 });
      const start = boardTime(camera);
      await client.request(client.image.length, "7.2");
      await shows(camera, RED_GREEN, start, 2);
      await press(camera);
      await client.requested(3);
      expect(client.requests.at(-1)).toMatchObject({ start: 0, length: CHUNK });
      const log = lastLine(camera);
      await client.serveAll();
      expect(client.infos).toEqual([info("Firmware update success")]);
      await camera.waitForLog(/^main: version 7\.2 in ota_0/, 20_000, log);
    }),
  );
});

test("repeated, early, short and overlong chunks do not damage the image", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await client.begin();
      // Early, and not at a chunk's boundary.
      client.send(CHUNK, client.image.subarray(CHUNK, 2 * CHUNK));
      client.send(100, client.image.subarray(100, 100 + CHUNK));
      await client.exchange();
      expect(client.requests).toHaveLength(1);
      // Short: requested again.
      client.send(0, client.image.subarray(0, 100));
      await client.requested(2);
      // Longer than the largest chunk.
      const long = client.image.subarray(0, CHUNK + 4);
      await expect(
        client.connection.call("fw_segment", { start: 0, length: long.length, data: long.toString("base64") }),
      ).rejects.toThrow("fw_segment failed: length must be an integer from 1 to 8192");
      // A length that differs from the data.
      const data = client.image.subarray(0, CHUNK).toString("base64");
      await expect(client.connection.call("fw_segment", { start: 0, length: 100, data })).rejects.toThrow(
        "fw_segment failed: data must be base64 of exactly 100 bytes",
      );
      client.serve();
      await client.requested(3);
      // Repeated.
      client.send(0, client.image.subarray(0, CHUNK));
      await client.exchange();
      expect(client.requests).toHaveLength(3);
      client.serve();
      await client.requested(4);
      // The last chunk is longer than the rest of the image: requested again.
      client.send(2 * CHUNK, client.image.subarray(CHUNK, 2 * CHUNK));
      await client.requested(5);
      expect(client.requests.at(-1)).toMatchObject({ start: 2 * CHUNK, length: client.image.length - 2 * CHUNK });
      await client.serveAll();
      expect(client.infos).toEqual([info("Firmware update success")]);
      await camera.waitForLog(/^main: version 7\.1 in ota_0/);
    }),
  );
});

test("a chunk without an update is not answered", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      client.send(0, client.image.subarray(0, CHUNK));
      await client.exchange();
      expect(client.infos).toEqual([]);
      expect(client.requests).toEqual([]);
    }),
  );
});

describe("fault 8 is shown and the running image stays when", () => {
  /** Expects an update to fail with this message. */
  async function fails(message: string, prepare: (client: UpdateClient, camera: VirtualCamera) => void): Promise<void> {
    await withVirtualCamera({}, (camera) =>
      withUpdateClient(camera, async (client) => {
        prepare(client, camera);
        await client.request();
        await press(camera);
        await until(camera, "a chunk request or a result", () => client.requests.length + client.infos.length > 0);
        if (client.infos.length === 0) await client.serveAll();
        const start = boardTime(camera);
        expect(client.infos).toEqual([info(message)]);
        await shows(camera, FAULT_8, start);
        await expectUnchanged(camera, client);
      }),
    );
  }

  test("the flash cannot be written", () =>
    fails("Firmware update flash update failed", (_, camera) => {
      camera.board.flash.partition("ota_0").program = () => {
        throw new FlashError("write protected");
      };
    }));

  test("the flash cannot be erased", () =>
    fails("Firmware update flash update failed", (_, camera) => {
      camera.board.flash.partition("ota_0").erase = () => {
        throw new FlashError("write protected");
      };
    }));

  test("the image is damaged", () =>
    fails("Firmware update validation failed", (client) => (client.image[15_000] = (client.image[15_000] ?? 0) ^ 1)));

  test("the image is for another chip", () =>
    fails("Firmware update validation failed", (client) => {
      client.image = makeFirmwareImage({ version: "7.1", size: 20_000, chip: 9 });
    }));

  test("the image is of another version than announced", () =>
    fails(
      "Firmware update validation failed",
      (client) => (client.image = makeFirmwareImage({ version: "7.3", size: 20_000 })),
    ));

  test("the image is shorter than announced", () =>
    fails("Firmware update validation failed", (client) => {
      client.image = Buffer.concat([makeFirmwareImage({ version: "7.1", size: 19_984 }), Buffer.alloc(16, 0xff)]);
    }));
});

test("a minute after a failed update the LED shows the connection again", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      client.image[0] = 0;
      await client.begin();
      const before = await client.clock();
      await client.serveAll();
      expect(client.infos).toEqual([info("Firmware update validation failed")]);
      await camera.waitForLog(/status: LED: ready/, 90_000, lastLine(camera));
      expect((await client.clock()) - before).toBeGreaterThanOrEqual(60_000);
      await showsSolid(camera, CONNECTED, boardTime(camera));
    }),
  );
});

test("after a successful update the camera sends the message, then restarts", async () => {
  await withVirtualCamera({}, (camera) =>
    withUpdateClient(camera, async (client) => {
      await client.begin();
      const log = lastLine(camera);
      await client.serveAll();
      expect(client.infos).toEqual([info("Firmware update success")]);
      await camera.waitForLog(/board: start \(software\)/, 20_000, log);
      await camera.ready();
      expect(await version(camera)).toBe("7.1");
    }),
  );
});
