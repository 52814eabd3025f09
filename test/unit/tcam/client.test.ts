// SPDX-License-Identifier: Apache-2.0
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { PNG } from "pngjs";
import { type CamInfo, CommandFailed, Connection } from "../../../tools/tcam/connection";
import { FirmwareError, loadFirmware, readFirmwareImage } from "../../../tools/tcam/firmware-image";
import { ImageError, ThermalImage } from "../../../tools/tcam/image";
import { encodeMessage, MessageReader, ProtocolError } from "../../../tools/tcam/messages";
import { png } from "../../../tools/tcam/palettes";
import { picture, summary } from "../../../tools/tcam/terminal";
import { update } from "../../../tools/tcam/update";
import { type FirmwareImageOptions, makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { type Command, FakeCamera } from "./fake-camera";
import { fixture } from "./tcam";

const folder = mkdtempSync(join(tmpdir(), "tcam-client-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** An application image that the virtual board's bootloader accepts, `size` bytes (a multiple of 16). */
function firmware(size: number, fields: Partial<FirmwareImageOptions> = {}): Buffer {
  return makeFirmwareImage({ version: "4.1", size, ...fields });
}

async function withCamera(
  onCommand: (command: Command, camera: FakeCamera) => void,
  work: (connection: Connection, camera: FakeCamera) => Promise<void>,
): Promise<void> {
  const camera = new FakeCamera(onCommand);
  const connection = await Connection.open({ host: "127.0.0.1", port: await camera.listen(), timeout: 2000 });
  try {
    await work(connection, camera);
  } finally {
    connection.close();
    await camera.close();
  }
}

describe("messages", () => {
  test("are the same for every split of the byte stream, and noise between them is ignored", () => {
    const noise = fc.string().map((text) => [...text].filter((c) => c > "\x03").join(""));
    const property = fc.property(fc.array(fc.tuple(noise, fc.jsonValue())), fc.array(fc.nat(200)), (messages, cuts) => {
      const parts = messages.map(([junk, value]) => Buffer.concat([Buffer.from(junk), encodeMessage({ value })]));
      const stream = Buffer.concat(parts);
      const reader = new MessageReader();
      const received: string[] = [];
      let at = 0;
      for (const cut of [...cuts, stream.length]) {
        received.push(...reader.push(stream.subarray(at, at + cut)));
        at = Math.min(stream.length, at + cut);
      }
      expect(received).toEqual(messages.map(([, value]) => JSON.stringify({ value })));
    });
    fc.assert(property);
  });

  test("without an end are rejected before they fill the memory", () => {
    const reader = new MessageReader();
    reader.push(Buffer.from("\x02"));
    expect(() => reader.push(Buffer.alloc((1 << 20) + 1, 0x20))).toThrow(ProtocolError);
  });
});

describe("an image", () => {
  const image = new ThermalImage(fixture);

  test("has the temperatures that the sensor's spotmeter reports", () => {
    const { mean, max, min, r1, c1, r2, c2 } = image.spot();
    const box: number[] = [];
    for (let row = r1; row <= r2; row++)
      for (let column = c1; column <= c2; column++) box.push(image.pixels[row * 160 + column] ?? 0);
    expect(Math.max(...box)).toBe(max);
    expect(Math.min(...box)).toBe(min);
    expect(Math.floor(box.reduce((sum, value) => sum + value, 0) / box.length)).toBe(mean);
    expect(image.celsius(29487)).toBeCloseTo(21.72, 5);
    expect(summary(image)).toContain("spot 21.72 °C");
  });

  test("becomes a PNG whose darkest and brightest points are the coldest and hottest pixels", () => {
    const { width, height, data } = PNG.sync.read(png(image, "gray", 2));
    expect([width, height]).toEqual([320, 240]);
    const { min, max } = image.range();
    const shade = (value: number): number | undefined => {
      const index = image.pixels.indexOf(value);
      return data[4 * (2 * Math.floor(index / 160) * width + 2 * (index % 160))];
    };
    expect([shade(min), shade(max)]).toEqual([0, 255]);
  });

  test("is drawn in the width of the terminal", () => {
    expect(picture(image, "ironbow", 80).split("\n")).toHaveLength(30);
  });

  test.each([
    ["no JSON", "{", "not an image message"],
    ["no pixels", "{}", "no radiometric"],
    ["too few pixels", '{"radiometric":"AAAA"}', "expected 38400 bytes, got 3"],
    ["no telemetry", fixture.replace('"telemetry"', '"other"'), "no telemetry"],
    ["no metadata", fixture.replace('"metadata"', '"other"'), "no metadata"],
  ])("with %s is rejected", (_, text, message) => {
    expect(() => new ThermalImage(text)).toThrow(ImageError);
    expect(() => new ThermalImage(text)).toThrow(message);
  });
});

describe("a connection", () => {
  test("pairs answers with calls by order, with images in between", async () => {
    await withCamera(
      ({ cmd }, camera) => {
        camera.sendText(fixture);
        if (cmd === "get_status") camera.send({ status: { Camera: "tCam" } });
        else camera.info(1, `${cmd} success`);
      },
      async (connection) => {
        const images: string[] = [];
        connection.on("image", (text) => images.push(text));
        const answers = await Promise.all([connection.call("get_status"), connection.call("stream_on")]);
        expect(answers).toEqual([
          { status: { Camera: "tCam" } },
          { cam_info: { info_value: 1, info_string: "stream_on success" } },
        ]);
        expect(images).toEqual([fixture, fixture]);
      },
    );
  });

  test("rejects with the camera's message when a command fails", async () => {
    await withCamera(
      ({ cmd }, camera) => camera.info(0, `${cmd} failed: emissivity must be 1 to 100`),
      async (connection) => {
        await expect(connection.call("set_config")).rejects.toThrow(
          new CommandFailed("set_config failed: emissivity must be 1 to 100"),
        );
      },
    );
  });

  const REASON = "(FATAL) no room";
  const closedMessage = `the camera closed the connection: ${REASON}`;

  test.each([0, 1, 2, 3, 4, 5, 6])("ends with the message of a cam_info %i that answers no call", async (code) => {
    const camera = new FakeCamera(() => undefined, (self) => {
      self.info(code, REASON);
      self.end();
    }); // prettier-ignore
    const connection = await Connection.open({ host: "127.0.0.1", port: await camera.listen() });
    const infos: CamInfo[] = [];
    connection.on("info", (info) => infos.push(info));
    const closed = new Promise<Error | undefined>((resolve) => connection.once("close", resolve));
    expect(await closed).toEqual(new CommandFailed(closedMessage));
    expect(infos).toEqual([{ info_value: code, info_string: REASON }]);
    await expect(connection.call("get_status")).rejects.toThrow(new CommandFailed(closedMessage));
    await expect(connection.image()).rejects.toThrow(new CommandFailed(closedMessage));
    await camera.close();
  });

  test.each([4, 5, 6])("rejects waiting calls with the message of the final cam_info %i", async (code) => {
    await withCamera(
      ({ cmd }, camera) => {
        if (cmd !== "get_image") return;
        camera.info(code, REASON);
        camera.end();
      },
      async (connection) => {
        const calls = [connection.call("get_status"), connection.image()];
        for (const call of calls) await expect(call).rejects.toThrow(new CommandFailed(closedMessage));
      },
    );
  });

  test("does not report a cam_info that is not the last message", async () => {
    await withCamera(
      (_, camera) => {
        camera.info(4, REASON);
        camera.send({ status: {} });
        camera.end();
      },
      async (connection) => {
        const closed = new Promise<Error | undefined>((resolve) => connection.once("close", resolve));
        await connection.call("get_status");
        expect(await closed).toEqual(new Error("the camera closed the connection"));
      },
    );
  });

  test("keeps a call waiting for its answer when codes 4, 5 and 6 come before it", async () => {
    await withCamera(
      (_, camera) => {
        for (const code of [4, 5, 6]) camera.info(code, REASON);
        camera.send({ status: { Camera: "tCam" } });
      },
      async (connection) => {
        const infos: number[] = [];
        connection.on("info", ({ info_value }) => infos.push(info_value));
        expect(await connection.call("get_status")).toEqual({ status: { Camera: "tCam" } });
        expect(infos).toEqual([4, 5, 6]);
      },
    );
  });

  test.each([0, 2, 3])("rejects the image, not the next call, with cam_info %i", async (code) => {
    await withCamera(
      ({ cmd }, camera) => {
        if (cmd === "get_image") camera.info(code, "get_image failed: no frame");
        else camera.send({ status: { Camera: "tCam" } });
      },
      async (connection) => {
        const image = connection.image();
        const status = connection.call("get_status");
        await expect(image).rejects.toThrow(new CommandFailed("get_image failed: no frame"));
        expect(await status).toEqual({ status: { Camera: "tCam" } });
      },
    );
  });

  test("fetches an announced image while other calls are answered, and requests a damaged one again", async () => {
    let requests = 0;
    await withCamera(
      ({ cmd }, camera) => {
        if (cmd !== "get_image") camera.info(0, `${cmd} failed`);
        else if (++requests < 3) camera.send({ image_ready: 51_985 });
        else camera.info(0, "get_image failed: no frame");
      },
      async (connection) => {
        const ready = (): Promise<void> => new Promise((resolve) => connection.once("image_ready", () => resolve()));
        const first = ready();
        const image = connection.image();
        await first;
        await expect(connection.call("set_config")).rejects.toThrow(new CommandFailed("set_config failed"));
        const second = ready();
        connection.askAgain();
        await second;
        connection.deliver(fixture);
        expect(await image).toBe(fixture);

        connection.askAgain(); // No image is awaited.
        await expect(connection.image()).rejects.toThrow(new CommandFailed("get_image failed: no frame"));
        expect(requests).toBe(3);
      },
    );
  });

  test.each([
    ["no JSON", "{", "the camera sent no JSON: {"],
    ["no object", "[]", "the camera sent [] as a message"],
    ["a null cam_info", '{"cam_info":null}', "the camera sent null as cam_info"],
    ["a cam_info without text", '{"cam_info":{"info_value":0}}', "the camera sent nothing as info_string"],
    ["a cam_info without code", '{"cam_info":{"info_string":""}}', "the camera sent nothing as info_value"],
    ["a null get_fw", '{"get_fw":null}', "the camera sent null as get_fw"],
    ["a negative get_fw", '{"get_fw":{"start":-1,"length":1}}', "the camera sent -1 as get_fw"],
    ["an image_ready that is no number", '{"image_ready":"x"}', 'the camera sent "x" as image_ready'],
  ])("closes when the camera sends %s", async (_, text, message) => {
    await withCamera(
      (__, camera) => camera.sendText(text),
      async (connection) => {
        await expect(connection.call("get_status")).rejects.toThrow(new ProtocolError(message));
      },
    );
  });

  test("rejects every waiting call when the camera closes the connection", async () => {
    await withCamera(
      ({ cmd }, camera) => cmd === "second" && camera.destroy(),
      async (connection) => {
        const calls = [connection.call("first"), connection.call("second")];
        for (const call of calls) await expect(call).rejects.toThrow("closed");
      },
    );
  });

  test("names the address that does not answer", async () => {
    const camera = new FakeCamera(() => undefined);
    const port = await camera.listen();
    await camera.close();
    await expect(Connection.open({ host: "127.0.0.1", port })).rejects.toThrow(`cannot connect to 127.0.0.1:${port}`);
  });
});

describe("a firmware file", () => {
  test("has a version and a length", () => {
    expect(readFirmwareImage(firmware(20_000))).toEqual({
      version: "4.1",
      project: "tCamMini",
      length: 20_000,
      imageLength: 20_000,
      signed: false,
    });
  });

  test("may be signed: a block of 80 bytes follows the image", () => {
    const block = Buffer.alloc(80);
    block.write("tCamSig1");
    const file = Buffer.concat([firmware(20_000), block]);
    expect(readFirmwareImage(file)).toMatchObject({ length: 20_080, imageLength: 20_000, signed: true });
  });

  test.each<[string, Buffer, string]>([
    ["too short", Buffer.alloc(10), "not an ESP32 application image"],
    ["of another format", Buffer.alloc(1000, 1), "not an ESP32 application image"],
    ["for another chip", firmware(1008, { chip: 9 }), "for chip 9"],
    ["of another project", firmware(1008, { project: "blink" }), 'of project "blink"'],
    ["without descriptor", firmware(1008).fill(0, 32, 36), "no application descriptor"],
    ["cut off", firmware(1008).subarray(0, 900), "the image has 1008 bytes, of which only 900 are there"],
    ["longer than its image", Buffer.concat([firmware(1008), Buffer.alloc(80)]), "has 1008 bytes, the file 1088"],
    ["damaged", firmware(1008).fill(1, 500, 501), "damaged"],
  ])("%s is rejected", (_, file, message) => {
    expect(() => readFirmwareImage(file)).toThrow(FirmwareError);
    expect(() => readFirmwareImage(file)).toThrow(message);
  });
});

describe("an update", () => {
  const path = join(folder, "firmware.bin");
  const file = firmware(20_000);
  beforeAll(() => writeFileSync(path, file));

  test("sends the requested chunks, also repeatedly, and ends with the camera's result", async () => {
    const received = Buffer.alloc(file.length);
    const requests = [0, 0, 8192, 16384];
    const next = (camera: FakeCamera): void => {
      const start = requests.shift();
      if (start === undefined) camera.info(6, "Firmware update success");
      else camera.send({ get_fw: { start, length: Math.min(8192, file.length - start) } });
    };
    await withCamera(
      ({ cmd, args }, camera) => {
        if (cmd === "fw_update_request") {
          expect(args).toEqual({ length: file.length, version: "4.1" });
          camera.info(1, "fw_update_request success");
          next(camera);
        } else {
          Buffer.from(String(args["data"]), "base64").copy(received, Number(args["start"]));
          next(camera);
        }
      },
      async (connection) => {
        const events: number[] = [];
        const listener = {
          waiting: () => events.push(-1),
          progress: ({ sent }: { sent: number }) => events.push(sent),
        };
        await expect(update(connection, path, listener)).resolves.toBe("Firmware update success");
        expect(received.equals(file)).toBe(true);
        expect(events.filter((sent) => sent >= 0)).toEqual([8192, 8192, 16384, 20000]);
        expect(events).toContain(-1);
      },
    );
  });

  test("fails when the camera requests bytes beyond the image", async () => {
    await withCamera(
      (_, camera) => {
        camera.info(1, "fw_update_request success");
        camera.send({ get_fw: { start: file.length, length: 8192 } });
      },
      async (connection) => {
        const silent = { waiting: () => undefined, progress: () => undefined };
        await expect(update(connection, path, silent)).rejects.toThrow("asked for 8192 bytes at 20000 of 20000");
      },
    );
  });

  test("fails with the camera's message when the image is too large: the client knows no slot size", async () => {
    const large = join(folder, "large.bin");
    writeFileSync(large, firmware(0x200000 + 16));
    const message = "fw_update_request failed: the image has 2097168 bytes, its slot 2097152";
    await withCamera(
      (_, camera) => camera.info(0, message),
      async (connection) => {
        const silent = { waiting: () => undefined, progress: () => undefined };
        await expect(update(connection, large, silent)).rejects.toThrow(new CommandFailed(message));
      },
    );
  });

  test.each([
    ["missing", "missing.bin", "cannot read", "no such file or directory"],
    ["a folder", ".", "cannot read", "it is a folder"],
  ])("names the file that is %s", (_, name, ...parts) => {
    for (const part of parts) expect(() => loadFirmware(join(folder, name))).toThrow(part);
    expect(() => loadFirmware(join(folder, name))).toThrow(FirmwareError);
  });

  test("fails with the camera's result", async () => {
    await withCamera(
      (_, camera) => {
        camera.info(1, "fw_update_request success");
        camera.info(6, "Firmware update request timed out");
      },
      async (connection) => {
        const silent = { waiting: () => undefined, progress: () => undefined };
        await expect(update(connection, path, silent)).rejects.toThrow(
          new CommandFailed("Firmware update request timed out"),
        );
      },
    );
  });
});
