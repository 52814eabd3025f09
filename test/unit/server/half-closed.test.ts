// SPDX-License-Identifier: Apache-2.0
import { Rig, type RigClient } from "./rig";

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });
const numbered = (n: number): string => `\x02{"cmd":"get_lep_cci","args":{"command":${n},"length":4}}\x03`;
const REQUEST = { cmd: "fw_update_request", args: { length: 1_000, version: "4.1" } };

/** A run_ffc that goes on until the function returned is called. */
function longCommand(rig: Rig): () => void {
  let finish: () => void = () => undefined;
  rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
  return () => {
    rig.services.camera.behaviour = () => Promise.resolve();
    finish();
  };
}

function expectAllReleased(rig: Rig, client: RigClient): void {
  expect(client.connection.closedByCamera).toBe(true);
  expect(client.reported).toEqual(["left", "closed"]);
  expect(rig.timers.pending).toBe(0);
  expect(rig.services.frames.sinks.size).toBe(0);
  expect(rig.services.frames.held).toBeLessThanOrEqual(1);
}

describe("a client that shuts its sending side", () => {
  it("gets the answer to the one command it sent, then the camera closes", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_config" });
    client.connection.shut();
    await rig.settle();
    expect(client.answers).toEqual([JSON.stringify({ config: rig.services.camera.config })]);
    expectAllReleased(rig, client);
  });

  it("gets the answer to a long command before the connection closes", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const client = rig.connect();
    client.send({ cmd: "run_ffc" });
    client.connection.shut();
    await rig.timers.advance(120_000);
    expect(client.connection.closedByCamera).toBe(false);
    finish();
    await rig.settle();
    expect(client.answers).toEqual([info(1, "run_ffc success")]);
    expect(rig.answered).toEqual(["run_ffc"]);
    expectAllReleased(rig, client);
  });

  it.each([16, 500])("gets the answers to %i commands sent at once, in order", async (count) => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.write(Array.from({ length: count }, (_, i) => numbered(i)).join(""));
    client.connection.shut();
    await rig.settle();
    expect(client.answers.map((answer) => Number(/"command":(\d+)/.exec(answer)?.[1]))).toEqual(
      Array.from({ length: count }, (_, i) => i),
    );
    expectAllReleased(rig, client);
  });

  it("gets the whole image of its get_image, and the answers to later commands", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    client.send({ cmd: "get_image" }, { cmd: "get_config" });
    client.connection.shut();
    await rig.timers.advance(1_000);
    expect(client.connection.closedByCamera).toBe(false);
    await rig.frames(1);
    expect(client.answers).toEqual(["image 1", expect.stringContaining('"config"')]);
    expectAllReleased(rig, client);
  });

  it("gets the reason if there is no image", async () => {
    const rig = new Rig();
    rig.services.frames.reason = "no sensor";
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    client.connection.shut();
    await rig.timers.advance(5_000);
    expect(client.answers).toEqual([info(0, "get_image failed: no sensor")]);
    expectAllReleased(rig, client);
  });

  it("has sent nothing: the camera closes", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.shut();
    await rig.settle();
    expect(client.answers).toEqual([]);
    expectAllReleased(rig, client);
  });

  it("in the middle of a command: complete commands are answered", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.write('\x02{"cmd":"get_config"}\x03\x02{"cmd":"run_f');
    client.connection.shut();
    await rig.settle();
    expect(client.answers).toHaveLength(1);
    expect(rig.services.camera.calls).toEqual([]);
    expectAllReleased(rig, client);
  });

  it("is closed after its last answer was sent", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.paused = true;
    client.send({ cmd: "get_config" });
    client.connection.shut();
    await rig.timers.advance(1_000);
    client.connection.take(5);
    await rig.settle();
    expect(client.connection.closedByCamera).toBe(false);
    client.connection.resume();
    await rig.settle();
    expect(client.answers).toHaveLength(1);
    expectAllReleased(rig, client);
  });
});

describe("the end of input ends", () => {
  it("a stream, after the image that is under way", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    client.send({ cmd: "stream_on" });
    await rig.frames(1);
    client.connection.paused = true;
    await rig.frames(1);
    client.connection.shut();
    await rig.frames(2);
    expect(client.connection.closedByCamera).toBe(false);
    client.connection.resume();
    await rig.frames(2);
    expect(client.answers).toEqual([info(1, "stream_on success"), "image 1", "image 2"]);
    expectAllReleased(rig, client);
  });

  it("a stream that begins afterwards: its command and a get_image are answered", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const client = rig.connect();
    client.send({ cmd: "run_ffc" }, { cmd: "stream_on" }, { cmd: "run_ffc" }, { cmd: "get_image" });
    client.connection.shut();
    await rig.settle();
    finish();
    const finishSecond = longCommand(rig);
    await rig.frames(5);
    expect(client.answers).toEqual([info(1, "run_ffc success"), info(1, "stream_on success")]);
    finishSecond();
    await rig.frames(1);
    expect(client.answers.slice(2)).toEqual([info(1, "run_ffc success"), "image 6"]);
    expectAllReleased(rig, client);
  });

  it("an update that it requested", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send(REQUEST);
    await rig.settle();
    expect(rig.services.update.client).toBe(client.session);
    client.connection.paused = true;
    rig.services.update.client?.requestChunk(0, 1_000);
    client.connection.shut();
    await rig.settle();
    expect(rig.services.update.client).toBeUndefined();
    client.connection.resume();
    await rig.settle();
    expect(client.answers[0]).toBe(info(1, "fw_update_request success"));
    expectAllReleased(rig, client);
  });

  it("an update that it requests afterwards: the command is answered", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const client = rig.connect();
    client.send({ cmd: "run_ffc" }, REQUEST);
    client.connection.shut();
    await rig.settle();
    finish();
    await rig.settle();
    expect(client.answers).toEqual([info(1, "run_ffc success"), info(1, "fw_update_request success")]);
    expect(rig.services.update.client).toBeUndefined();
    expectAllReleased(rig, client);
  });

  it("nothing of other clients", async () => {
    const rig = new Rig();
    const [client, other] = [rig.connect(), rig.connect()];
    other.send({ cmd: "stream_on" }, REQUEST, { cmd: "stream_on" });
    client.send({ cmd: "get_status" });
    client.connection.shut();
    await rig.frames(2);
    expect(other.answers.slice(3)).toEqual(["image 1", "image 2"]);
    expect(rig.services.update.client).toBe(other.session);
  });

  it("set_wifi: its answer leaves, the session ends, then the network changes", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.paused = true;
    client.send({ cmd: "set_wifi", args: { sta_ssid: "Home" } });
    client.connection.shut();
    await rig.timers.advance(100);
    expect(rig.services.network.applied).toBe(0);
    client.connection.resume();
    await rig.settle();
    expect(client.answers).toEqual([info(1, "set_wifi success")]);
    expect(rig.services.network.applied).toBe(1);
    expectAllReleased(rig, client);
  });
});

describe("a client that has shut its sending side and reads nothing", () => {
  const commands = numbered(1).repeat(100);

  it.each([
    ["of its answers", 300, commands],
    ["of the last answer", 28_720, numbered(1)],
    ["of an image", 28_720, '\x02{"cmd":"get_image"}\x03'],
  ])("%s is dropped after a minute", async (_, sendBuffer, text) => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer });
    client.connection.paused = true;
    client.connection.write(text);
    client.connection.shut();
    await rig.settle();
    rig.services.frames.emit();
    await rig.timers.advance(59_999);
    expect(client.connection.closedByCamera).toBe(false);
    await rig.timers.advance(1);
    expectAllReleased(rig, client);
    expect(rig.logged.lines.join("\n")).toContain("no answer was taken for 60 s");
  });

  it("is not dropped while it reads a little", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 300 });
    client.connection.paused = true;
    client.connection.write(commands);
    client.connection.shut();
    for (let i = 0; i < 10; i++) {
      await rig.timers.advance(59_000);
      client.connection.take(10);
    }
    expect(client.connection.closedByCamera).toBe(false);
  });

  it("is not dropped while the camera has no answer for it yet", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const client = rig.connect();
    client.connection.paused = true;
    client.send({ cmd: "run_ffc" });
    client.connection.shut();
    await rig.timers.advance(600_000);
    expect(client.connection.closedByCamera).toBe(false);
    finish();
    await rig.timers.advance(59_000);
    expect(client.connection.closedByCamera).toBe(false);
  });

  it("and disconnects: everything is released at once", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 4_000 });
    client.connection.paused = true;
    client.send({ cmd: "get_image" }, { cmd: "get_config" });
    client.connection.shut();
    await rig.frames(2);
    expect(rig.services.frames.held).toBe(2);
    client.connection.reset();
    await rig.settle();
    expectAllReleased(rig, client);
  });
});

describe("a connection that is reset", () => {
  it("frees its slot at once, while its command is running and others wait", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const client = rig.connect();
    client.send({ cmd: "run_ffc" }, { cmd: "set_config", args: { emissivity: 42 } });
    await rig.settle();
    client.connection.reset();
    await rig.settle();
    expect(client.reported).toEqual(["left"]);
    expect(client.connection.closedByCamera).toBe(true);
    finish();
    await rig.settle();
    expect(rig.services.camera.config.emissivity).toBe(42);
    expectAllReleased(rig, client);
  });

  it("with more than 4 KB of unread answers frees its slot at once", async () => {
    const rig = new Rig();
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const client = rig.connect({ sendBuffer: 5_000 });
    client.connection.paused = true;
    client.connection.write(numbered(1).repeat(300));
    await rig.settle();
    expect(client.connection.unread).toBeGreaterThan(0);
    client.connection.reset();
    await rig.timers.advance(0);
    expect(client.reported[0]).toBe("left");
    await rig.settle();
    expect(rig.services.camera.calls).toHaveLength(300); // none is lost
    expectAllReleased(rig, client);
  });

  it("does not delay other clients with the commands that it had sent: they take turns", async () => {
    const rig = new Rig();
    const running: (() => void)[] = [];
    rig.services.camera.behaviour = () => new Promise((resolve) => running.push(resolve));
    const [gone, stays] = [rig.connect(), rig.connect()];
    gone.connection.write(Array.from({ length: 200 }, (_, i) => numbered(i)).join(""));
    await rig.settle();
    gone.connection.reset();
    await rig.settle();
    stays.connection.write(numbered(1_000));
    await rig.settle();
    for (let i = 0; i < 20 && stays.answers.length === 0; i++) {
      running.pop()?.();
      await rig.settle();
    }
    expect(stays.answers).toHaveLength(1);
    for (let i = 0; i < 200; i++) {
      running.pop()?.();
      await rig.settle();
    }
    const numbers = rig.services.camera.calls.map(([, command]) => command).filter((number) => number !== 1_000);
    expect(numbers).toEqual(Array.from({ length: 200 }, (_, i) => i));
    expect(gone.reported).toEqual(["left", "closed"]);
  });

  it("frees its memory for the next client while its commands are running", async () => {
    const rig = new Rig();
    const finish = longCommand(rig);
    const first = rig.connect();
    first.send({ cmd: "run_ffc" });
    first.connection.write(Array.from({ length: 100 }, (_, i) => numbered(i)).join("") + '\x02{"cmd":"get_sta');
    await rig.settle();
    first.connection.reset();
    await rig.settle();
    const second = rig.connect({ memory: first.memory });
    second.connection.write('tus"}\x03\x02{"cmd":"get_con');
    await rig.settle();
    finish();
    await rig.settle();
    expect(first.reported).toEqual(["left", "closed"]);
    second.connection.write('fig"}\x03');
    await rig.settle();
    expect(second.answers).toEqual([expect.stringContaining('"config"')]);
  });
});
