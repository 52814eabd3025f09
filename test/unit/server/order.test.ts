// SPDX-License-Identifier: Apache-2.0
import * as fc from "fast-check";
import { TABLE, type CommandName, type CommandSpec } from "modules/protocol/table";
import { Rig } from "./rig";

/** Commands with an answer of their own, so that the order of answers can be checked. */
const numbered = (n: number): string => `\x02{"cmd":"get_lep_cci","args":{"command":${n},"length":4}}\x03`;
const numberOf = (answer: string): number => Number(/"command":(\d+)/.exec(answer)?.[1]);
const status = '\x02{"cmd":"get_status"}\x03';

async function answersTo(stream: Buffer, cuts: number[]): Promise<string[]> {
  const rig = new Rig();
  const client = rig.connect();
  const at = [...new Set(cuts.map((cut) => cut % (stream.length + 1)))].sort((a, b) => a - b);
  for (const [i, from] of [0, ...at].entries()) {
    client.connection.write(stream.subarray(from, at[i] ?? stream.length));
    await rig.settle();
  }
  return client.answers;
}

/** Bytes without a valid command, inside or outside messages. */
const garbage = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 2))),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from([2, ...bytes.filter((byte) => byte > 3), 3])),
  fc.json({ maxDepth: 2 }).map((text) => Buffer.from(`\x02${text}\x03`)),
  fc.constantFrom(
    Buffer.from("\x02\x03"),
    Buffer.from("\x02{"),
    Buffer.alloc(13_000, "\x02x".repeat(1)),
    Buffer.from([3, 3]),
  ),
  fc.constant(Buffer.concat([Buffer.from("\x02"), Buffer.alloc(12_300, "y"), Buffer.from("\x03")])),
);

describe("commands and answers", () => {
  it("the answers do not depend on how the bytes are divided", async () => {
    const piece = fc.oneof(
      garbage,
      fc.nat({ max: 65_535 }).map((n) => Buffer.from(numbered(n))),
      fc.constantFrom(
        ...(Object.entries(TABLE) as [CommandName, CommandSpec][])
          .filter(([name]) => name !== "get_image" && name !== "set_wifi")
          .map(([cmd, { example: args }]) => Buffer.from(`\x02${JSON.stringify({ cmd, args })}\x03`)),
      ),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { maxLength: 10 }),
        fc.array(fc.nat(), { maxLength: 6 }),
        async (pieces, cuts) => {
          const stream = Buffer.concat(pieces);
          expect(await answersTo(stream, cuts)).toEqual(await answersTo(stream, []));
        },
      ),
      { numRuns: 200 },
    );
  }, 60_000);

  it("every valid command is answered exactly once and in order, among any garbage", async () => {
    const item = fc.oneof(garbage, fc.nat({ max: 65_535 }));
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 30 }), fc.array(fc.nat(), { maxLength: 6 }), async (items, cuts) => {
        const stream = Buffer.concat(
          items.map((item) => (typeof item === "number" ? Buffer.from(numbered(item)) : item)),
        );
        const answers = await answersTo(stream, cuts);
        const numbers = answers.filter((answer) => answer.startsWith('{"cci_reg"')).map(numberOf);
        expect(numbers).toEqual(items.filter((item) => typeof item === "number"));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it("answers 16 and 500 commands sent at once", async () => {
    for (const count of [16, 500]) {
      const numbers = Array.from({ length: count }, (_, i) => i);
      const answers = await answersTo(Buffer.from(numbers.map(numbered).join("")), []);
      expect(answers.map(numberOf)).toEqual(numbers);
    }
  });

  it("queues 16 commands while one runs, and leaves further ones unread", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const client = rig.connect();
    client.send({ cmd: "run_ffc" });
    await rig.settle();
    rig.services.camera.behaviour = () => Promise.resolve();
    const numbers = Array.from({ length: 200 }, (_, i) => i);
    client.connection.write(numbers.map(numbered).join(""));
    await rig.settle();
    const bytes = numbers.map(numbered).join("").length;
    expect(bytes - client.connection.unread).toBeGreaterThanOrEqual(16 * numbered(0).length);
    expect(client.connection.unread).toBeGreaterThan(bytes - 2_048 - 1);
    expect(client.answers).toEqual([]);
    finish();
    await rig.settle();
    const [first, ...rest] = client.answers;
    expect(first).toContain("run_ffc success");
    expect(rest.map(numberOf)).toEqual(numbers);
  });

  it("queues at most two of the largest commands", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const client = rig.connect();
    client.send({ cmd: "run_ffc" });
    const data = Buffer.alloc(8_192).toString("base64");
    for (let i = 0; i < 20; i++) client.send({ cmd: "fw_segment", args: { start: i, length: 8_192, data } });
    await rig.settle();
    expect(client.connection.unread).toBeGreaterThan(16 * 10_900);
    finish();
    await rig.settle();
    expect(rig.services.update.segments.map(({ start }) => start)).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it("runs the commands of all clients one at a time, in the order in which they arrived", async () => {
    const rig = new Rig();
    const running: number[] = [];
    let most = 0;
    const finish: (() => void)[] = [];
    rig.services.camera.behaviour = () => {
      running.push(running.length);
      most = Math.max(most, running.length);
      return new Promise((resolve) =>
        finish.push(() => {
          running.pop();
          resolve();
        }),
      );
    };
    const clients = [rig.connect(), rig.connect(), rig.connect()];
    const arrivals = [0, 1, 0, 0, 2, 1, 2, 0];
    for (const [n, client] of arrivals.entries()) {
      clients[client]?.connection.write(numbered(n));
      await rig.settle();
    }
    for (let i = 0; i < arrivals.length; i++) {
      expect(finish).toHaveLength(i + 1);
      finish[i]?.();
      await rig.settle();
    }
    expect(most).toBe(1);
    expect(rig.services.camera.calls.map((call) => call[1])).toEqual(arrivals.map((_, n) => n));
    for (const [index, client] of clients.entries())
      expect(client.answers.map(numberOf)).toEqual(arrivals.flatMap((c, n) => (c === index ? [n] : [])));
  });

  it("a command that runs when its client disconnects is finished; other clients go on", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const [gone, stays] = [rig.connect(), rig.connect()];
    gone.send({ cmd: "run_ffc" });
    await rig.settle();
    gone.connection.end();
    stays.connection.write(status);
    await rig.settle();
    expect(gone.session.ended).toBe(true);
    expect(stays.answers).toEqual([]);
    finish();
    await rig.settle();
    expect(stays.answers).toHaveLength(1);
    expect(gone.answers).toEqual([]);
  });

  it("commands of a client that disconnects without waiting are all run, in order", async () => {
    for (const count of [3, 500]) {
      const rig = new Rig();
      const client = rig.connect();
      client.connection.write(Array.from({ length: count }, (_, i) => numbered(i)).join(""));
      client.connection.end();
      await rig.settle();
      expect(rig.services.camera.calls.map((call) => call[1])).toEqual(Array.from({ length: count }, (_, i) => i));
      expect(client.connection.closedByCamera).toBe(true);
      expect(rig.timers.pending).toBe(0);
    }
  });

  it("a session without client ends when its last command is done", async () => {
    const rig = new Rig();
    const ended = jest.spyOn(rig.executor, "remove");
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const client = rig.connect();
    client.send({ cmd: "run_ffc" });
    await rig.settle();
    client.connection.end();
    await rig.settle();
    expect(ended).not.toHaveBeenCalled();
    finish();
    await rig.settle();
    expect(ended).toHaveBeenCalledTimes(1);
  });

  it("images, streams and updates are skipped for a client that is gone", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    rig.services.update.notice = "for who reads it";
    const client = rig.connect();
    client.send({ cmd: "run_ffc" }, { cmd: "get_image" }, { cmd: "stream_on" });
    client.send({ cmd: "fw_update_request", args: { length: 1_000, version: "4.1" } }, { cmd: "get_status" });
    client.send({ cmd: "set_config", args: { emissivity: 42 } });
    await rig.settle();
    client.connection.end();
    await rig.settle();
    finish();
    await rig.settle();
    rig.services.camera.behaviour = () => Promise.resolve();
    finish();
    await rig.settle();
    expect(rig.services.camera.calls.map(([name]) => name)).toEqual(["runFFC", "setConfig"]);
    expect(rig.services.frames.sinks.size).toBe(0);
    expect(rig.services.update.client).toBeUndefined();
    expect(rig.services.update.notice).toBe("for who reads it");
    expect(rig.timers.pending).toBe(0);
  });

  it("set_wifi takes effect even if its client closes at once and another command precedes it", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    const [other, client] = [rig.connect(), rig.connect()];
    other.send({ cmd: "run_ffc" });
    await rig.settle();
    client.send({ cmd: "set_wifi", args: { ap_ssid: "another" } });
    client.connection.end();
    await rig.settle();
    expect(rig.services.network.applied).toBe(0);
    finish();
    await rig.settle();
    expect(rig.services.network.applied).toBe(1);
  });

  it("takes get_status, get_config, get_wifi and stream_on in one write, and answers them in that order", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_status" }, { cmd: "get_config" }, { cmd: "get_wifi" }, { cmd: "stream_on" });
    await rig.settle();
    await rig.frames(2);
    expect(client.answers.map((answer) => answer.slice(0, 10))).toEqual([
      '{"status":',
      '{"config":',
      '{"wifi":{"',
      '{"cam_info',
      "image 1",
      "image 2",
    ]);
  });
});
