// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { messagesOf } from "./fake-tcp";
import { Rig, type RigClient } from "./rig";

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });

async function stream(rig: Rig, client: RigClient, args: object = {}): Promise<void> {
  client.send({ cmd: "stream_on", args });
  await rig.settle();
  expect(client.take()).toEqual([info(1, "stream_on success")]);
}

describe("get_image", () => {
  it("is answered by the first frame after it, with the time of its capture", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await rig.frames(3);
    client.send({ cmd: "get_image" });
    await rig.settle();
    expect(client.answers).toEqual([]);
    await rig.frames(2);
    expect(client.answers).toEqual(["image 4"]);
    expect(messagesOf(client.connection.received)[0]).toMatch(
      /^\{"metadata":\{"Camera":"tCam-Mini-EFB5","Model":262146,"Version":"4.0","Time":"17:33:00.456","Date":"2\/3\/21"\},"radiometric"/,
    );
  });

  it("subscribes to frames only for the request, and holds none afterwards", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    await rig.settle();
    expect(rig.services.frames.sinks.size).toBe(1);
    await rig.frames(2);
    expect(rig.services.frames.sinks.size).toBe(0);
    expect(rig.services.frames.held).toBe(1); // the camera's own newest
    expect(rig.timers.pending).toBe(0);
  });

  it("delays the client's later commands, but not those of other clients", async () => {
    const rig = new Rig();
    const [client, other] = [rig.connect(), rig.connect()];
    client.send({ cmd: "get_image" }, { cmd: "get_config" }, { cmd: "get_image" }, { cmd: "stream_off" });
    await rig.settle();
    other.send({ cmd: "get_config" });
    await rig.settle();
    expect(other.answers).toHaveLength(1);
    expect(client.answers).toEqual([]);
    await rig.frames(2);
    expect(client.answers.map((answer) => answer.slice(0, 12))).toEqual([
      "image 1",
      '{"config":{"',
      "image 2",
      '{"cam_info":',
    ]);
  });

  it("several at once get a frame each", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send(...Array.from({ length: 16 }, () => ({ cmd: "get_image" })));
    await rig.settle();
    await rig.frames(16);
    expect(client.answers).toEqual(Array.from({ length: 16 }, (_, i) => `image ${i + 1}`));
  });

  it("fails after 5 s without a frame, and says why", async () => {
    const rig = new Rig();
    const client = rig.connect();
    rig.services.frames.reason = "the Lepton does not answer";
    client.send({ cmd: "get_image" }, { cmd: "stream_off" });
    await rig.timers.advance(4_999);
    expect(client.answers).toEqual([]);
    await rig.timers.advance(1);
    expect(client.answers).toEqual([
      info(0, "get_image failed: the Lepton does not answer"),
      info(1, "stream_off success"),
    ]);
    expect(rig.services.frames.sinks.size).toBe(0);
  });

  it("waits for an FFC that holds frames back, even beyond 5 s", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    await rig.timers.advance(6_000);
    expect(client.answers).toEqual([]);
    await rig.frames(1);
    expect(client.answers).toEqual(["image 1"]);
    expect(rig.timers.pending).toBe(0);
  });

  it("fails after the limit, even without a known reason", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    await rig.timers.advance(15_000);
    expect(client.answers).toEqual([info(0, "get_image failed: no image from the Lepton")]);
  });

  it("does not change streaming: every frame once, and the requested number of images", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client, { num_frames: 5 });
    await rig.frames(2);
    client.send({ cmd: "get_image" });
    await rig.settle();
    await rig.frames(10);
    expect(client.take()).toEqual(["image 1", "image 2", "image 3", "image 4", "image 5", "image 6"]);
  });

  it("does not wait for the time a slow stream is due", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client, { delay_msec: 60_000 });
    await rig.frames(1);
    client.send({ cmd: "get_image" });
    await rig.settle();
    await rig.frames(3);
    expect(client.take()).toEqual(["image 1", "image 2"]);
  });

  it("does not fail while its own client is still busy with an image", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client);
    client.connection.paused = true;
    await rig.frames(1);
    client.send({ cmd: "get_image" });
    rig.services.frames.reason = "the Lepton does not answer";
    await rig.timers.advance(20_000);
    client.connection.resume();
    await rig.frames(2);
    expect(client.take()).toEqual(["image 1", "image 2", "image 3"]);
  });

  it("fails if the encoder fails", async () => {
    const rig = new Rig();
    const client = rig.connect();
    const clock = jest.spyOn(rig.services.clock, "format").mockImplementation(() => {
      throw new Error("no time");
    });
    client.send({ cmd: "get_image" });
    await rig.settle();
    await rig.frames(1);
    expect(client.answers).toEqual([info(0, "get_image failed: no time")]);
    clock.mockRestore();
    expect(rig.services.frames.held).toBe(1);
  });
});

describe("streaming", () => {
  it("sends every frame with delay 0, and ends with stream_off", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client);
    await rig.frames(20);
    client.send({ cmd: "stream_off" });
    await rig.settle();
    await rig.frames(5);
    expect(client.take()).toEqual([
      ...Array.from({ length: 20 }, (_, i) => `image ${i + 1}`),
      info(1, "stream_off success"),
    ]);
    expect(rig.services.frames.sinks.size).toBe(0);
    expect(rig.services.frames.held).toBe(1);
  });

  it("ends after the requested number of frames", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client, { num_frames: 3 });
    await rig.frames(10);
    expect(client.take()).toEqual(["image 1", "image 2", "image 3"]);
    expect(client.session.streaming).toBe(false);
  });

  it("keeps to a delay", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client, { delay_msec: 1_000 });
    await rig.frames(88); // 10.03 s
    expect(client.take()).toHaveLength(11);
  });

  it("answers small commands between images, never inside one", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await stream(rig, client);
    client.connection.paused = true;
    await rig.frames(1); // an image is half sent
    client.send({ cmd: "get_config" });
    await rig.settle();
    client.connection.resume();
    await rig.frames(1);
    const [image, config, next] = client.take();
    expect([image, config?.slice(0, 10), next]).toEqual(["image 1", '{"config":', "image 2"]);
  });

  it("stream_off while an image is half sent: the image is finished, then comes the answer, then nothing", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await stream(rig, client);
    client.connection.paused = true;
    await rig.frames(1);
    client.send({ cmd: "stream_off" });
    await rig.settle();
    client.connection.resume();
    await rig.frames(5);
    expect(client.take()).toEqual(["image 1", info(1, "stream_off success")]);
  });

  it("an image from before a new stream_on does not count for it", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await stream(rig, client);
    client.connection.paused = true;
    await rig.frames(1);
    client.send({ cmd: "stream_off" }, { cmd: "stream_on", args: { num_frames: 2 } });
    await rig.settle();
    client.connection.resume();
    await rig.settle();
    await rig.frames(5);
    expect(client.take().filter((answer) => answer.startsWith("image"))).toEqual(["image 1", "image 2", "image 3"]);
  });

  it("a client that reads again after a pause gets the newest frame, and no old ones", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await stream(rig, client);
    await rig.frames(2);
    client.connection.paused = true;
    await rig.frames(50);
    client.connection.resume();
    await rig.settle();
    await rig.frames(2);
    expect(client.take()).toEqual(["image 1", "image 2", "image 3", "image 52", "image 53", "image 54"]);
  });

  it("a client that does not read holds one frame slot; other clients lose no image", async () => {
    const rig = new Rig();
    const [stopped, fast] = [rig.connect(), rig.connect()];
    await stream(rig, stopped);
    await stream(rig, fast);
    stopped.connection.paused = true;
    for (let i = 0; i < 100; i++) {
      await rig.frames(1);
      expect(rig.services.frames.held).toBeLessThanOrEqual(2);
    }
    expect(fast.take()).toEqual(Array.from({ length: 100 }, (_, i) => `image ${i + 1}`));
    expect(stopped.take()).toEqual([]);
  });

  it("a slow reader gets fewer frames: complete, in order, none twice, the newest each time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 60_000 }),
        fc.integer({ min: 500, max: 60_000 }),
        fc.integer({ min: 3_000, max: 80_000 }),
        async (perFrame, sendBuffer, imageBytes) => {
          const rig = new Rig();
          const client = rig.connect({ sendBuffer, imageBytes });
          await stream(rig, client);
          client.connection.paused = true;
          for (let i = 0; i < 40; i++) {
            await rig.frames(1);
            for (let left = perFrame; left > 0; left -= 1_436) client.connection.take(Math.min(left, 1_436));
            await rig.settle();
          }
          const numbers = client.take().map((answer) => Number(/^image (\d+)$/.exec(answer)?.[1]));
          expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(numbers);
          // At least half of what it could have taken: the other half may be lost waiting for the next frame.
          const perFrameTaken = Math.min(
            perFrame,
            Math.ceil(perFrame / 1_436) * Math.min(1_436, sendBuffer),
            imageBytes,
          );
          expect(numbers.length).toBeGreaterThanOrEqual(Math.floor((20 * perFrameTaken) / (imageBytes + 200)) - 1);
          client.connection.end();
          await rig.settle();
          expect(rig.services.frames.held).toBe(1);
        },
      ),
      { numRuns: 15 },
    );
  }, 60_000);

  it("calls the session once an image, however often the client acknowledges", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "stream_on" });
    await rig.settle();
    const { callbacks } = client.connection;
    const calls: string[] = [];
    for (const name of ["onWritable", "onPumped"] as const) {
      const call = callbacks[name];
      callbacks[name] = (bytes) => {
        calls.push(name);
        call?.(bytes);
      };
    }
    client.connection.paused = true;
    for (let i = 1; i <= 3; i++) {
      await rig.frames(1);
      for (let j = 0; j < 40; j++) client.connection.take(2 * 1_436);
      await rig.settle();
      expect(client.answers.slice(1)).toHaveLength(i);
    }
    expect(calls).toEqual(["onPumped", "onPumped", "onPumped"]);
  });

  it("each client has its own stream settings", async () => {
    const rig = new Rig();
    const clients = [rig.connect(), rig.connect(), rig.connect(), rig.connect()];
    const settings = [{}, { num_frames: 5 }, { delay_msec: 500 }, { delay_msec: 1_000, num_frames: 2 }];
    for (const [i, client] of clients.entries()) await stream(rig, client, settings[i]);
    await rig.frames(44);
    expect(clients.map((client) => client.take().length)).toEqual([44, 5, 11, 2]);
  });
});
