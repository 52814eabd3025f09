// SPDX-License-Identifier: Apache-2.0
import { Rig } from "./rig";

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });
const GET = '\x02{"cmd":"get_lep_cci","args":{"command":1,"length":512}}\x03';

describe("a client that does not read its answers", () => {
  it("is not read, has a bounded number of queued answers, and gets all of them later", async () => {
    const rig = new Rig();
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const client = rig.connect({ sendBuffer: 5_000 });
    client.connection.paused = true;
    client.connection.write(GET.repeat(500));
    await rig.settle();
    expect(rig.services.camera.calls.length).toBeLessThan(12); // 5,000 in the socket, 4,096 and one message in the queue
    expect(client.connection.unread).toBeGreaterThan(470 * GET.length - 2_048);
    client.connection.resume();
    await rig.settle();
    expect(client.answers).toHaveLength(500);
    expect(client.connection.unread).toBe(0);
  });

  it("delays no other client", async () => {
    const rig = new Rig();
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const [stopped, other] = [rig.connect({ sendBuffer: 5_000 }), rig.connect()];
    stopped.connection.paused = true;
    stopped.connection.write(GET.repeat(500));
    await rig.settle();
    other.send({ cmd: "get_status" });
    await rig.settle();
    expect(other.answers).toHaveLength(1);
  });

  it("is dropped after a minute without progress on either side", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 300 });
    client.connection.paused = true;
    client.connection.write(GET.repeat(500));
    await rig.settle();
    await rig.timers.advance(59_999);
    expect(client.session.closed).toBe(false);
    await rig.timers.advance(1);
    expect(client.session.closed).toBe(true);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.timers.pending).toBe(0);
  });

  it("is not dropped while it reads a little", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 300 });
    client.connection.paused = true;
    client.connection.write(GET.repeat(500));
    for (let i = 0; i < 10; i++) {
      await rig.timers.advance(30_000);
      client.connection.take(10);
    }
    expect(client.session.closed).toBe(false);
  });

  it("is dropped a minute after it stops again", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 300 });
    client.connection.paused = true;
    client.connection.write(GET.repeat(500));
    await rig.timers.advance(59_000);
    client.connection.take(10);
    await rig.timers.advance(59_999);
    expect(client.session.closed).toBe(false);
    await rig.timers.advance(1);
    expect(client.session.closed).toBe(true);
  });

  it("leaves no timer when it disconnects before", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 300 });
    client.connection.paused = true;
    client.connection.write(GET.repeat(500));
    await rig.settle();
    expect(rig.timers.pending).toBe(1);
    client.session.close();
    expect(rig.timers.pending).toBe(0);
  });

  it("is not dropped if only its stream is unread", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "stream_on" });
    client.connection.paused = true;
    await rig.frames(3);
    await rig.timers.advance(3_600_000);
    expect(client.session.closed).toBe(false);
  });
});

describe("the room of the TCP stack", () => {
  it("is less than its bytes after many short answers: none is lost, and the client is not dropped", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.buffers = 80;
    client.connection.paused = true;
    client.send(...Array.from({ length: 300 }, () => ({ cmd: "get_status" })));
    await rig.settle();
    expect(client.connection.room).toBe(0);
    expect(client.connection.writes).toHaveLength(78);
    client.connection.resume();
    await rig.settle();
    expect(client.answers).toHaveLength(300);
    expect(client.answers.every((answer) => answer.startsWith('{"status":'))).toBe(true);
    expect(client.reported).toEqual([]);
  });

  it.each(["get_config", "get_image"])(
    "can be gone at a write: the answer to %s comes when there is some",
    async (cmd) => {
      const rig = new Rig();
      const client = rig.connect();
      await rig.settle();
      client.connection.starved = true;
      client.send({ cmd }, { cmd: "get_wifi" });
      await rig.frames(3);
      expect(client.answers).toEqual([]);
      expect(client.reported).toEqual([]);
      for (const starved of [false, true, false]) {
        client.connection.starved = starved;
        client.connection.reportWritable();
        await rig.settle();
      }
      expect(client.answers).toEqual([
        cmd === "get_image" ? "image 1" : expect.stringContaining('"config"'),
        expect.stringContaining('"wifi"'),
      ]);
    },
  );

  it("changes during images: each image is whole, also those of another session", async () => {
    const rig = new Rig();
    const [client, other] = [rig.connect(), rig.connect()];
    for (const { connection } of [client, other]) connection.buffers = 40;
    for (const each of [client, other]) each.send({ cmd: "stream_on" });
    for (let i = 0; i < 40; i++) {
      client.connection.starved = i % 3 === 0;
      if (i % 3 === 1) client.connection.reportWritable();
      await rig.frames(1);
    }
    const numbers = client.answers.slice(1).map((answer) => Number(/^image (\d+)$/.exec(answer)?.[1]));
    expect(numbers.length).toBeGreaterThan(10);
    expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
    expect(other.answers.slice(1)).toEqual(Array.from({ length: 40 }, (_, i) => `image ${i + 1}`));
  });
});

describe("a client that waits for the camera", () => {
  it("is not dropped, however many commands it sends meanwhile", async () => {
    const rig = new Rig();
    const [busy, waiting] = [rig.connect(), rig.connect()];
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    busy.send({ cmd: "run_ffc" });
    await rig.settle();
    waiting.send(...Array.from({ length: 40 }, () => ({ cmd: "get_status" })));
    await rig.timers.advance(120_000);
    expect(waiting.session.closed).toBe(false);
    finish();
    await rig.settle();
    expect(waiting.take()).toHaveLength(40);
  });
});

describe("a client that disconnects", () => {
  it("is removed from the executor, which would keep its memory", () => {
    const rig = new Rig();
    const remove = jest.spyOn(rig.executor, "remove");
    const client = rig.connect();
    client.session.close();
    expect(remove.mock.calls).toEqual([[client.session]]);
  });

  it("during an image: everything it held is released", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    client.send({ cmd: "stream_on" });
    client.connection.paused = true;
    await rig.settle();
    await rig.frames(2);
    expect(rig.services.frames.held).toBe(2);
    client.connection.end();
    await rig.settle();
    expect(client.session.closed).toBe(true);
    expect(rig.services.frames.held).toBe(1);
    expect(rig.services.frames.sinks.size).toBe(0);
    expect(rig.services.update.goneClients).toEqual([client.session]);
    expect(rig.timers.pending).toBe(0);
    await rig.frames(3);
    expect(rig.services.frames.held).toBe(1);
  });

  it("during a get_image: the session ends at once if the disconnection is known, otherwise with the image", async () => {
    const rig = new Rig();
    const [known, unknown] = [rig.connect(), rig.connect()];
    for (const client of [known, unknown]) client.send({ cmd: "get_image" });
    await rig.settle();
    known.connection.reset();
    unknown.connection.end();
    await rig.settle();
    expect([known.reported, unknown.reported]).toEqual([["left", "closed"], []]);
    expect(rig.services.frames.sinks.size).toBe(1);
    await rig.frames(1);
    expect(unknown.reported).toEqual(["left", "closed"]);
    expect(rig.services.frames.sinks.size).toBe(0);
    expect(rig.timers.pending).toBe(0);
  });

  it("unnoticed until an answer is written: the session ends then", async () => {
    const rig = new Rig();
    const client = rig.connect();
    await rig.settle();
    client.send(...Array.from({ length: 40 }, () => ({ cmd: "get_status" })));
    client.connection.end();
    await rig.settle();
    expect(client.session.closed).toBe(true);
    expect(client.connection.closedByCamera).toBe(true);
  });

  it("during its update request: the update ends with it", async () => {
    const rig = new Rig();
    let go: () => void = () => undefined;
    rig.services.update.gate = new Promise((resolve) => (go = resolve));
    const client = rig.connect();
    client.send({ cmd: "fw_update_request", args: { length: 1_000, version: "4.1" } });
    await rig.settle();
    client.connection.end();
    await rig.settle();
    go();
    await rig.settle();
    expect(rig.services.update.client).toBeUndefined();
  });

  it("can be closed twice", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.session.close();
    client.session.close();
    expect(rig.services.update.goneClients).toHaveLength(1);
  });
});

describe("set_wifi", () => {
  const command = { cmd: "set_wifi", args: { sta_ssid: "Home" } };

  it("is answered, the answer is sent, the session ends, and only then the network changes", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.paused = true;
    client.send(command, { cmd: "get_status" });
    await rig.timers.advance(100);
    expect(rig.services.network.changes).toEqual([{ sta_ssid: "Home" }]);
    expect(rig.services.network.applied).toBe(0);
    expect(client.session.closed).toBe(false);
    client.connection.resume();
    await rig.settle();
    expect(client.answers).toEqual([info(1, "set_wifi success")]);
    expect(client.connection.closedByCamera).toBe(true);
    expect(rig.services.network.applied).toBe(1);
    expect(rig.timers.pending).toBe(0);
  });

  it("waits until all of the answer is sent", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.paused = true;
    client.send(command);
    await rig.timers.advance(100);
    client.connection.take(5);
    await rig.settle();
    expect(client.session.closed).toBe(false);
    expect(rig.services.network.applied).toBe(0);
  });

  it("stops the listener before the client sees the end of its connection and reconnects", async () => {
    const rig = new Rig();
    const client = rig.connect();
    const closed: boolean[] = [];
    rig.services.network.configure = () => Promise.resolve(() => void closed.push(client.connection.closedByCamera));
    client.send(command);
    await rig.settle();
    expect(closed).toEqual([false]);
    expect(client.connection.closedByCamera).toBe(true);
  });

  it("takes effect after 2 s, or when the client is gone, if the answer is not read", async () => {
    for (const leave of [false, true]) {
      const rig = new Rig();
      const client = rig.connect();
      client.connection.paused = true;
      client.send(command);
      await rig.timers.advance(100);
      if (leave) client.connection.end();
      await rig.timers.advance(leave ? 1 : 1_900);
      expect(rig.services.network.applied).toBe(1);
      expect(client.session.closed).toBe(true);
    }
  });

  it("ends streaming after the image in progress", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    client.send({ cmd: "stream_on" });
    await rig.settle();
    client.connection.paused = true;
    await rig.frames(1);
    client.send(command);
    await rig.frames(2);
    client.connection.resume();
    await rig.frames(2);
    expect(client.answers).toEqual([info(1, "stream_on success"), "image 1", info(1, "set_wifi success")]);
    expect(client.session.closed).toBe(true);
  });

  it("does not end a permanent session", async () => {
    const rig = new Rig();
    const client = rig.connect({ permanent: true });
    client.send(command, { cmd: "stream_off" });
    await rig.settle();
    expect(client.answers).toEqual([info(1, "set_wifi success"), info(1, "stream_off success")]);
    expect(rig.services.network.applied).toBe(1);
  });

  it("that is refused changes nothing", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "set_wifi", args: { sta_ssid: "Home", sta_pw: "short" } });
    await rig.settle();
    expect(client.answers).toEqual([
      info(0, "set_wifi failed: sta_pw must be 8 to 63 bytes, or 64 hexadecimal digits"),
    ]);
    expect(rig.services.network.changes).toEqual([]);
    expect(client.session.closed).toBe(false);
  });
});

describe("a firmware update", () => {
  it("sends its requests to the client that requested it, between images", async () => {
    const rig = new Rig();
    const [client, other] = [rig.connect(), rig.connect()];
    other.send({ cmd: "stream_on" });
    client.send({ cmd: "stream_on" });
    await rig.settle();
    client.send({ cmd: "fw_update_request", args: { length: 1_000, version: "4.1" } });
    await rig.settle();
    expect(client.session.streaming).toBe(false);
    expect(other.session.streaming).toBe(true);
    rig.services.update.client?.requestChunk(0, 1_000);
    rig.services.update.client?.report("Firmware update success");
    await rig.settle();
    expect(client.answers.slice(1)).toEqual([
      info(1, "fw_update_request success"),
      '{"get_fw":{"start":0,"length":1000}}',
      info(6, "Firmware update success"),
    ]);
    expect(other.answers).toHaveLength(1);
  });
});
