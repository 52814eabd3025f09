// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { Opcode } from "modules/web/websocket-protocol";
import { clientFrame, type ClientFrame, PlainFrameReader } from "./websocket-peer";
import { type Client, info, Rig } from "./websocket-rig";

const close = (code: number, reason = ""): ClientFrame => ({
  opcode: Opcode.Close,
  payload: Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason)]),
});
const image = (number: number, version = 1): string =>
  `image ${number} version ${version} at ${Date.UTC(2021, 1, 3, 17, 33) + number * 114}`;

describe("commands", () => {
  it("are text messages, and are answered in order, each with one text message", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_config" }, { cmd: "stream_off" }, "no JSON", { cmd: "take_picture" }, "{}");
    await rig.settle();
    const [config, ...rest] = client.take();
    expect(config).toMatch(/^\{"config":\{/);
    expect(rest).toEqual([
      info(1, "stream_off success"),
      info(3, "Couldn't convert json string"),
      info(2, "Unsupported command in json string"),
      info(2, "Json string wasn't command"),
    ]);
  });

  it("with characters that a JSON parser must not see, or too deeply nested, are answered as no JSON", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send('{"cmd":"get_config\u0000"}', `${"[".repeat(17)}${"]".repeat(17)}`, '\x02{"cmd":"stream_off"}');
    client.send('{"cmd":"stream_off"}\x03{"cmd":"stream_off"}');
    await rig.settle();
    expect(client.take()).toEqual(Array.from({ length: 4 }, () => info(3, "Couldn't convert json string")));
  });

  it("may be of 12,287 bytes; one byte more closes with 1009", async () => {
    const rig = new Rig();
    const client = rig.connect();
    const command = (length: number): string => `{"cmd":"stream_off","x":"${"x".repeat(length - 27)}"}`;
    client.send(command(12_287));
    await rig.settle();
    expect(client.take()).toEqual([info(1, "stream_off success")]);
    client.send(command(12_288));
    await rig.settle();
    expect(client.take()).toEqual(["close 1009"]);
  });

  it("that came behind the request to open the WebSocket are run", async () => {
    const rig = new Rig();
    const early = clientFrame({ opcode: Opcode.Text, payload: '{"cmd":"stream_off"}' });
    const client = rig.connect({ early });
    await rig.settle();
    expect(client.take()).toEqual([info(1, "stream_off success")]);
  });

  it("of all clients run in the order of arrival; an image that one waits for delays only that one", async () => {
    const rig = new Rig();
    const [first, second] = [rig.connect(), rig.connect()];
    first.send({ cmd: "get_image" }, { cmd: "stream_off" });
    await rig.settle();
    second.send({ cmd: "stream_off" });
    await rig.settle();
    expect([first.take(), second.take()]).toEqual([[], [info(1, "stream_off success")]]);
    await rig.frames(1);
    expect(first.take()).toEqual([image(1), info(1, "stream_off success")]);
  });

  it("any split of the bytes gives the same answers", async () => {
    const frames: ClientFrame[] = [
      { opcode: Opcode.Text, payload: '{"cmd":"str', more: true },
      { opcode: Opcode.Ping, payload: "between" },
      { opcode: 0, payload: 'eam_off"}', more: true },
      { opcode: 0 },
      { opcode: Opcode.Pong },
      { opcode: Opcode.Text, payload: '{"cmd":"ä€🔥"}', mask: Uint8Array.of(1, 2, 3, 4) },
      { opcode: Opcode.Text, payload: `{"cmd":"get_config","x":"${"y".repeat(300)}"}` },
    ];
    const bytes = Buffer.concat(frames.map(clientFrame));
    const answersTo = async (cuts: readonly number[]): Promise<string[]> => {
      const rig = new Rig();
      const client = rig.connect();
      let from = 0;
      for (const to of [...cuts.map((cut) => cut % bytes.length).sort((a, b) => a - b), bytes.length]) {
        client.connection.write(bytes.subarray(from, to));
        from = to;
        await rig.settle();
      }
      return client.take();
    };
    const expected = [
      "pong between",
      info(1, "stream_off success"),
      info(2, "Unknown command in json string"),
      expect.stringMatching(/^\{"config":/),
    ];
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(10_000), { maxLength: 30 }), async (cuts) => {
        expect(await answersTo(cuts)).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });
});

describe("images", () => {
  it("are binary messages, of version 1 without a subprotocol and of version 2 with tcam.2", async () => {
    const rig = new Rig();
    const first = rig.connect();
    const second = rig.connect({ fields: { "sec-websocket-protocol": "chat, tcam.2" } });
    expect(first.fields["Sec-WebSocket-Protocol"]).toBeUndefined();
    expect(second.fields["Sec-WebSocket-Protocol"]).toBe("tcam.2");
    await rig.stream(first);
    await rig.stream(second);
    await rig.frames(2);
    expect(first.take()).toEqual([image(1), image(2)]);
    expect(second.take()).toEqual([image(1, 2), image(2, 2)]);
    expect(rig.streaming).toEqual([true]);
  });

  it("answers, pongs and pings come between images, never inside one", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await rig.stream(client);
    client.connection.paused = true;
    await rig.frames(1);
    client.send({ cmd: "stream_off" });
    client.frame({ opcode: Opcode.Ping, payload: "old" }, { opcode: Opcode.Ping, payload: "new" });
    await rig.settle();
    client.connection.resume();
    await rig.frames(3);
    expect(client.take()).toEqual([image(1), "pong new", info(1, "stream_off success")]);
  });

  it("a client that reads slowly gets the newest image each time, and holds one frame", async () => {
    const rig = new Rig();
    const [slow, fast] = [rig.connect(), rig.connect()];
    await rig.stream(slow);
    await rig.stream(fast);
    await rig.frames(1);
    slow.connection.paused = true;
    for (let i = 0; i < 50; i++) {
      await rig.frames(1);
      expect(rig.services.frames.held).toBeLessThanOrEqual(2);
    }
    slow.connection.resume();
    await rig.frames(1);
    expect(slow.take()).toEqual([image(1), image(2), image(51), image(52)]);
    expect(fast.take()).toEqual(Array.from({ length: 52 }, (_, i) => image(i + 1)));
  });

  it("a slow reader of any speed gets whole frames in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 40_000 }),
        fc.integer({ min: 500, max: 40_000 }),
        fc.integer({ min: 1, max: 60_000 }),
        async (perFrame, sendBuffer, imageBytes) => {
          const rig = new Rig(Math.max(100, imageBytes));
          const client = rig.connect({ sendBuffer });
          await rig.stream(client);
          client.connection.paused = true;
          for (let i = 0; i < 25; i++) {
            if (i % 5 === 0) client.frame({ opcode: Opcode.Ping, payload: `${i}` });
            if (i % 7 === 0) client.send({ cmd: "stream_off" }, { cmd: "stream_on" });
            await rig.frames(1);
            client.connection.take(perFrame);
            await rig.settle();
          }
          const numbers = client
            .take()
            .flatMap((text) => /^image (\d+) /.exec(text)?.[1] ?? [])
            .map(Number);
          expect([...new Set(numbers)].sort((a, b) => a - b)).toEqual(numbers);
          client.connection.reset();
          await rig.settle();
          expect(rig.services.frames.held).toBe(1);
          expect(rig.timers.pending).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});

describe("a client that sends without reading", () => {
  it("has its commands held back, and gets every answer in order when it reads", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 2_000 });
    client.connection.paused = true;
    const commands = Array.from({ length: 400 }, (_, i) => ({ cmd: `unknown_${i}`, x: "x".repeat(60) }));
    client.send(...commands);
    await rig.settle();
    expect(client.connection.unread).toBeGreaterThan(0);
    for (let i = 0; i < 400; i++) client.frame({ opcode: Opcode.Ping, payload: `${i}` });
    for (let i = 0; i < 600; i++) {
      client.connection.take(500);
      await rig.settle();
    }
    client.connection.resume();
    await rig.settle();
    const received = client.take();
    expect(received.filter((text) => text.startsWith("{"))).toEqual(
      commands.map(() => info(2, "Unknown command in json string")),
    );
    expect(received).toContain("pong 399");
    expect(client.connection.unread).toBe(0);
  });
});

describe("the closing handshake", () => {
  it("answers Close with its code, ends the session and closes the connection", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.frame(close(1000, "bye"));
    await rig.settle();
    expect(client.take()).toEqual(["close 1000"]);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.clients).toEqual([1, 0]);
    expect(rig.timers.pending).toBe(0);
  });

  it("answers an empty Close with an empty one", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.frame({ opcode: Opcode.Close });
    await rig.settle();
    expect(client.take()).toEqual(["close"]);
  });

  it("finishes the image in progress, and sends nothing but Close after it", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await rig.stream(client);
    client.connection.paused = true;
    await rig.frames(1);
    client.send({ cmd: "get_config" });
    client.frame(close(1001));
    await rig.frames(2);
    client.connection.resume();
    await rig.frames(2);
    expect(client.take()).toEqual([image(1), "close 1001"]);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.timers.pending).toBe(0);
    expect(rig.services.frames.held).toBe(1);
  });

  it("cuts an image that the client does not take within 2 s after its Close", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await rig.stream(client);
    client.connection.paused = true;
    await rig.frames(1);
    client.frame(close(1000));
    await rig.timers.advance(1_999);
    expect(client.connection.closedByCamera).toBe(false);
    await rig.timers.advance(1);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.clients).toEqual([1, 0]);
    expect(rig.timers.pending).toBe(0);
  });

  it("says 1001 when the camera ends the session", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await rig.settle();
    rig.webSockets.close();
    await rig.settle();
    expect(client.take()).toEqual(["close 1001"]);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.timers.pending).toBe(0);
  });

  it("set_wifi is answered, then the session ends with 1001, then the network restarts", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "set_wifi", args: { ap_ssid: "other" } }, { cmd: "get_config" });
    await rig.settle();
    expect(client.take()).toEqual([info(1, "set_wifi success"), "close 1001"]);
    expect(rig.services.network.applied).toBe(1);
  });

  it("says 1001 when the web server ends the connection, also while the session is ending", async () => {
    const rig = new Rig();
    const [client, other] = [rig.connect(), rig.connect()];
    const end = ({ transport }: Client): void => {
      transport.events?.onClosed();
      transport.close();
    };
    jest.spyOn(rig.services.network, "configure").mockResolvedValue(() => {
      rig.webSockets.close();
      [client, other].forEach(end);
    });
    client.send({ cmd: "set_wifi", args: { ap_ssid: "other" } });
    await rig.settle();
    expect(client.take()).toEqual([info(1, "set_wifi success"), "close 1001"]);
    expect(other.take()).toEqual(["close 1001"]);
    expect(rig.clients).toEqual([1, 2, 1, 0]);
    expect(rig.timers.pending).toBe(0);
  });

  it("a client that shuts its side without Close gets its answers first", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    client.connection.shut();
    await rig.settle();
    expect(client.connection.closedByCamera).toBe(false);
    await rig.frames(1);
    expect(client.take()).toEqual([image(1), "close 1001"]);
    expect(client.connection.closedByCamera).toBe(true);
  });

  it("commands that came before Close are run, without answers", async () => {
    const rig = new Rig();
    const client = rig.connect();
    rig.services.camera.behaviour = () => Promise.resolve();
    client.send({ cmd: "run_ffc" }, { cmd: "set_spotmeter", args: { c1: 1, c2: 2, r1: 3, r2: 4 } });
    client.frame(close(1000));
    await rig.settle();
    expect(rig.services.camera.calls.map(([name]) => name)).toEqual(["runFFC", "setSpotmeter"]);
    expect(client.take()).toEqual(["close 1000"]);
  });
});

describe("a client that breaks the protocol", () => {
  const cases: [string, ClientFrame[], number][] = [
    ["frames without a mask", [{ opcode: Opcode.Text, payload: "{}", unmasked: true }], 1002],
    ["reserved bits", [{ opcode: Opcode.Text, payload: "{}", reserved: 0x40 }], 1002],
    ["an unknown opcode", [{ opcode: 3 }], 1002],
    ["a continuation of nothing", [{ opcode: 0, payload: "x" }], 1002],
    ["a message inside another", [{ opcode: Opcode.Text, more: true }, { opcode: Opcode.Text }], 1002],
    ["a fragmented ping", [{ opcode: Opcode.Ping, more: true }], 1002],
    ["a ping of 126 bytes", [{ opcode: Opcode.Ping, payload: "x".repeat(126) }], 1002],
    ["a close code that is reserved", [close(1005)], 1002],
    ["text that is not UTF-8", [{ opcode: Opcode.Text, payload: Uint8Array.of(0xc3, 0x28) }], 1007],
    ["a binary message", [{ opcode: Opcode.Binary, payload: "x" }], 1003],
    [
      "fragments above the limit",
      [
        { opcode: Opcode.Text, payload: "x".repeat(12_000), more: true },
        { opcode: 0, payload: "x".repeat(288) },
      ],
      1009,
    ],
  ];

  it.each(cases)("%s: what came before is run and answered, then Close", async (_, frames, code) => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "stream_off" });
    await rig.settle();
    client.frame(...frames);
    await rig.settle();
    expect(client.take()).toEqual([info(1, "stream_off success"), `close ${code}`]);
    expect(rig.clients).toEqual([1, 0]);
  });

  it("is closed with 1008 after 1,000 control frames in one go", async () => {
    const rig = new Rig();
    const client = rig.connect();
    const pongs = (count: number): ClientFrame[] => Array.from({ length: count }, () => ({ opcode: Opcode.Pong }));
    for (let i = 0; i < 2; i++) {
      client.frame(...pongs(1_000));
      await rig.settle();
    }
    client.send({ cmd: "stream_off" });
    await rig.settle();
    expect(client.take()).toEqual([info(1, "stream_off success")]);
    client.frame(...pongs(1_001));
    await rig.settle();
    expect(client.take()).toEqual(["close 1008"]);
  });

  it("has 2 s to close, in which what it sends is read and dropped", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.frame({ opcode: Opcode.Binary });
    await rig.settle();
    client.connection.write("x".repeat(10_000));
    await rig.timers.advance(1_999);
    expect([client.connection.closedByCamera, client.connection.unread]).toEqual([false, 0]);
    await rig.timers.advance(1);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.timers.pending).toBe(0);
  });

  it("is closed at once when it closes, or is gone", async () => {
    for (const leave of ["shut", "reset"] as const) {
      const rig = new Rig();
      const client = rig.connect();
      client.frame({ opcode: Opcode.Binary });
      await rig.settle();
      client.connection[leave]();
      await rig.settle();
      expect(client.connection.closedByCamera).toBe(true);
      expect(rig.timers.pending).toBe(0);
    }
  });
});

describe("keep-alive", () => {
  const PONG: ClientFrame = { opcode: Opcode.Pong };

  it("pings after 20 s of silence, and drops a client that leaves two pings unanswered", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await rig.timers.advance(19_999);
    expect(client.take()).toEqual([]);
    await rig.timers.advance(1);
    expect(client.take()).toEqual(["ping"]);
    await rig.timers.advance(39_999);
    expect(client.take()).toEqual(["ping"]);
    expect(client.connection.closedByCamera).toBe(false);
    await rig.timers.advance(1);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.clients).toEqual([1, 0]);
    expect(rig.timers.pending).toBe(0);
  });

  it("any frame of the client is a sign of life", async () => {
    const rig = new Rig();
    const client = rig.connect();
    for (let i = 0; i < 10; i++) {
      await rig.timers.advance(20_000);
      client.frame(PONG);
      await rig.settle();
    }
    expect(client.take()).toEqual(Array.from({ length: 10 }, () => "ping"));
    for (let i = 0; i < 30; i++) {
      await rig.timers.advance(19_000);
      client.send({ cmd: "stream_off" });
      await rig.settle();
    }
    expect(client.take()).not.toContain("ping");
    expect(rig.clients).toEqual([1]);
  });

  it("a viewer that only receives is not idle, and is pinged between its images", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await rig.stream(client, { delay_msec: 5_000 });
    for (let i = 0; i < 20; i++) {
      await rig.timers.advance(5_000);
      rig.services.frames.emit(rig.timers.now());
      await rig.settle();
      if (client.take().includes("ping")) client.frame(PONG);
      await rig.settle();
    }
    expect(rig.clients).toEqual([1]);
  });

  it("a client that reads an image slowly is not dropped for a ping behind it; one that stops reading is", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    await rig.stream(client);
    client.connection.paused = true;
    await rig.frames(1);
    for (let i = 0; i < 9; i++) {
      await rig.timers.advance(19_000);
      client.connection.take(3_000);
      await rig.settle();
    }
    expect(rig.clients).toEqual([1]);
    await rig.timers.advance(81_000);
    expect(rig.clients).toEqual([1, 0]);
    expect(rig.timers.pending).toBe(0);
  });

  it("commands that wait in the socket are no silence", async () => {
    const rig = new Rig();
    const client = rig.connect();
    let release: (() => void) | undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (release = resolve));
    client.send({ cmd: "run_ffc" }, ...Array.from({ length: 200 }, () => ({ cmd: "stream_off" })));
    await rig.settle();
    expect(client.connection.unread).toBeGreaterThan(0);
    await rig.timers.advance(200_000);
    expect(client.take()).toEqual([]);
    release?.();
    await rig.settle();
    expect(client.take()).toHaveLength(201);
    expect(rig.clients).toEqual([1]);
  });
});

describe("places", () => {
  it("four clients at once; a fifth is refused until one leaves, whose buffers it gets", async () => {
    const rig = new Rig();
    expect(rig.memories).toBe(0);
    const clients = Array.from({ length: 4 }, () => rig.connect());
    expect(rig.tryConnect()).toEqual({ status: 503, fields: { "Retry-After": "1" } });
    (clients[1] as Client).frame({ opcode: Opcode.Text, payload: "{", more: true }); // half a message
    await rig.settle();
    (clients[1] as Client).connection.reset();
    await rig.settle();
    const fifth = rig.connect();
    fifth.send({ cmd: "stream_off" });
    await rig.settle();
    expect(fifth.take()).toEqual([info(1, "stream_off success")]);
    expect(rig.clients).toEqual([1, 2, 3, 4, 3, 4]);
    expect(rig.memories).toBe(4);
  });
});

test("the reader of these tests finds the same events however the bytes are split", () => {
  const frame = fc.record({
    opcode: fc.constantFrom(0, 1, 1, 2, 8, 9, 10, 3),
    payload: fc.oneof(fc.string({ maxLength: 200 }), fc.uint8Array({ maxLength: 130 })),
    more: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 8 }), fc.array(fc.nat(2_000), { maxLength: 20 }), (frames, cuts) => {
      const bytes = Buffer.concat(frames.map(clientFrame));
      const eventsOf = (ends: readonly number[]): unknown[] => {
        const reader = new PlainFrameReader();
        const events: unknown[] = [];
        let from = 0;
        for (const to of ends) {
          for (let at = from; at < to && reader.event < 1000;) {
            at = reader.feed(bytes, at, to);
            if (reader.event) events.push([reader.event, reader.text, [...reader.payload]]);
          }
          from = to;
        }
        return events;
      };
      const ends = [...new Set([...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b);
      expect(eventsOf(ends)).toEqual(eventsOf([bytes.length]));
    }),
  );
});
