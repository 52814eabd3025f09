// SPDX-License-Identifier: Apache-2.0
import { CommandError } from "modules/protocol/services";
import { TABLE, type CommandName, type CommandSpec } from "modules/protocol/table";
import { messagesOf } from "./fake-tcp";
import { Rig } from "./rig";

/*
 * Defects of the original C firmware, by the behaviour that is wanted instead. Where other tests of this folder go deeper,
 * this one keeps the case that broke the original.
 */

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });

describe("defects of the original firmware", () => {
  it("D2: get_wifi and set_wifi over the serial port are answered as over WiFi", async () => {
    const rig = new Rig();
    const client = rig.connect({ permanent: true });
    client.send({ cmd: "get_wifi" }, { cmd: "set_wifi", args: { ap_ssid: "Attic" } });
    await rig.settle();
    expect(client.answers).toEqual([expect.stringContaining('{"wifi":{'), info(1, "set_wifi success")]);
    expect(rig.services.network.changes).toEqual([{ ap_ssid: "Attic" }]);
  });

  it("D3: the update request of a client ends with its connection", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "fw_update_request", args: { length: 730_976, version: "4.1" } });
    await rig.settle();
    expect(rig.services.update.client).toBe(client.session);
    client.connection.end();
    await rig.settle();
    expect(rig.services.update.client).toBeUndefined();
  });

  it("D4: an unknown command is answered and crashes nothing", async () => {
    const rig = new Rig();
    for (const cmd of ["get_sys", "set_clock", "get_cci_reg", "", "constructor", "x".repeat(5_000)])
      expect(await rig.ask({ cmd })).toEqual([info(2, "Unknown command in json string")]);
    expect(await rig.ask({ cmd: "get_status" })).toHaveLength(1);
  });

  it("D8: a number instead of a text fails the command", async () => {
    const rig = new Rig();
    for (const [name, spec] of Object.entries(TABLE) as [CommandName, CommandSpec][])
      for (const [argument, { type }] of Object.entries(spec.args ?? {})) {
        if (type === "integer") continue;
        for (const value of [0, 7, true, [], {}])
          expect(await rig.ask({ cmd: name, args: { ...spec.example, [argument]: value } })).toEqual([
            info(0, `${name} failed: ${argument} must be a string`),
          ]);
      }
  });

  it("D9: a stray end delimiter or an oversized command runs nothing twice", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.connection.write('\x03\x02{"cmd":"run_ffc"}\x03\x03');
    await rig.settle();
    client.connection.write(`\x02${"x".repeat(20_000)}\x03\x02{"cmd":"get_config"}\x03`);
    await rig.settle();
    expect(rig.services.camera.calls).toEqual([["runFFC"]]);
    expect(client.answers).toEqual([
      info(1, "run_ffc success"),
      info(3, "Command too long"),
      expect.stringContaining('{"config"'),
    ]);
  });

  it("D10: addresses have four octets up to 255, each of them given", async () => {
    const rig = new Rig();
    for (const address of ["10.0.1", "10", "", "10.0.1.256", "300.0.0.1", "10.0.1.", "10..1.2", "1.2.3.4.5"])
      expect(await rig.ask({ cmd: "set_wifi", args: { sta_ip_addr: address } })).toEqual([
        info(0, "set_wifi failed: sta_ip_addr must be an IPv4 address"),
      ]);
    expect(rig.services.network.changes).toEqual([]);
  });

  it("D12: requests take effect in the order in which they were made, and none is lost", async () => {
    const rig = new Rig();
    const client = rig.connect();
    const on = { cmd: "stream_on" };
    const off = { cmd: "stream_off" };
    client.send(on, off, on);
    await rig.settle();
    await rig.frames(2);
    expect(client.take().slice(3)).toEqual(["image 1", "image 2"]);
    client.send(off, on, off);
    await rig.settle();
    await rig.frames(2);
    expect(client.take()).toEqual([
      info(1, "stream_off success"),
      info(1, "stream_on success"),
      info(1, "stream_off success"),
    ]);
    client.send({ cmd: "get_image" }, { cmd: "get_image" });
    await rig.settle();
    await rig.frames(3);
    expect(client.take()).toEqual(["image 5", "image 6"]);
  });

  it("D12: an ACK comes after the effect", async () => {
    const rig = new Rig();
    let finish: () => void = () => undefined;
    rig.services.camera.behaviour = () => new Promise((resolve) => (finish = resolve));
    for (const name of ["run_ffc", "set_config", "set_spotmeter"] as const) {
      const client = rig.connect();
      client.send({ cmd: name, args: (TABLE[name] as CommandSpec).example });
      await rig.timers.advance(3_000);
      expect(client.answers).toEqual([]);
      finish();
      await rig.settle();
      expect(client.answers).toEqual([info(1, `${name} success`)]);
    }
  });

  it("D14: a new client inherits neither streaming, nor answers, nor an update", async () => {
    const rig = new Rig();
    const first = rig.connect();
    first.connection.paused = true;
    first.send(
      { cmd: "stream_on" },
      { cmd: "get_status" },
      { cmd: "fw_update_request", args: { length: 9, version: "1" } },
    );
    await rig.settle();
    first.connection.end();
    const second = rig.connect();
    await rig.settle();
    await rig.frames(3);
    expect(second.answers).toEqual([]);
    expect(rig.services.update.client).toBeUndefined();
    second.send({ cmd: "get_config" });
    await rig.settle();
    expect(second.answers).toEqual([expect.stringContaining("config")]);
  });

  it("D15: messages made at the same time do not mix", async () => {
    const rig = new Rig();
    const client = rig.connect({ sendBuffer: 100 });
    client.send({ cmd: "fw_update_request", args: { length: 9, version: "1" } });
    await rig.settle();
    client.send({ cmd: "get_wifi" });
    rig.services.update.client?.requestChunk(0, 8_192);
    client.send({ cmd: "get_status" });
    rig.services.update.client?.requestChunk(8_192, 8_192);
    await rig.settle();
    expect(client.answers.map((answer) => Object.keys(JSON.parse(answer) as object)[0]).sort()).toEqual(
      ["cam_info", "get_fw", "get_fw", "status", "wifi"].sort(),
    );
  });

  it("D16: a chunk has at most the requested length, and the length of its data", async () => {
    const rig = new Rig();
    const data = (length: number): string => Buffer.alloc(length).toString("base64");
    for (const args of [
      { start: 0, length: 8_193, data: data(8_193) },
      { start: 0, length: 8_192, data: data(100) },
      { start: 0, length: 100, data: data(101) },
      { start: -1, length: 100, data: data(100) },
    ])
      expect(await rig.ask({ cmd: "fw_segment", args })).toEqual([expect.stringContaining("fw_segment failed: ")]);
    expect(rig.services.update.segments).toEqual([]);
  });

  it("D17: get_lep_cci reads 1 to 512 words and nothing beyond", async () => {
    const rig = new Rig();
    for (const length of [0, -1, 513, 740, 65_536, 2_147_483_648])
      expect(await rig.ask({ cmd: "get_lep_cci", args: { command: 20_172, length } })).toEqual([
        info(0, "get_lep_cci failed: length must be an integer from 1 to 512"),
      ]);
    expect(rig.services.camera.calls).toEqual([]);
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const [answer] = await rig.ask({ cmd: "get_lep_cci", args: { command: 20_172, length: 512 } });
    expect(answer).toContain('"length":512');
    expect(answer?.length).toBeGreaterThan(1_366);
  });

  it("D22: milliseconds have three digits, in status and in images", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    await rig.settle();
    rig.services.frames.emit(5);
    await rig.settle();
    expect(messagesOf(client.connection.received)[0]).toContain('"Time":"17:33:00.005"');
  });

  it("D23: a refusal of the sensor is not acknowledged, and a write reports its number of words", async () => {
    const rig = new Rig();
    expect(await rig.ask({ cmd: "set_lep_cci", args: TABLE.set_lep_cci.example })).toEqual([
      '{"cci_reg":{"command":20173,"length":4,"status":6}}',
    ]);
    rig.services.camera.behaviour = () => Promise.reject(new CommandError("the Lepton does not answer"));
    for (const name of ["run_ffc", "set_config", "set_spotmeter"] as const)
      expect(await rig.ask({ cmd: name, args: (TABLE[name] as CommandSpec).example })).toEqual([
        info(0, `${name} failed: the Lepton does not answer`),
      ]);
  });

  it("D23: the answer to set_wifi reaches its client before the network restarts", async () => {
    const rig = new Rig();
    const client = rig.connect();
    rig.services.network.configure = () =>
      Promise.resolve(() => expect(client.answers).toEqual([info(1, "set_wifi success")]));
    client.send({ cmd: "set_wifi", args: { sta_ssid: "Home" } });
    await rig.settle();
    expect(client.session.closed).toBe(true);
    expect.assertions(2);
  });

  it("D24: deep nesting is refused before the parser recurses", async () => {
    const rig = new Rig();
    for (const text of ["[".repeat(12_287), '{"a":'.repeat(2_000), `{"cmd":"get_status","x":${"[".repeat(3_000)}`])
      expect(await rig.ask(text)).toEqual([info(3, "Couldn't convert json string")]);
  });

  it("D29: a slow client gets every answer", async () => {
    const rig = new Rig();
    rig.services.camera.cci = { status: 6, data: new Uint8Array(1_024) };
    const client = rig.connect({ sendBuffer: 700 });
    client.connection.paused = true;
    for (let i = 0; i < 40; i++) client.send({ cmd: "get_lep_cci", args: { command: i, length: 512 } });
    for (let i = 0; i < 2_000; i++) {
      client.connection.take(100);
      await rig.settle();
    }
    const commands = client.answers.map((answer) => Number(/"command":(\d+)/.exec(answer)?.[1]));
    expect(commands).toEqual(Array.from({ length: 40 }, (_, i) => i));
  });

  it("D30: a client that stalls delays no other client's answers, images or update", async () => {
    const rig = new Rig();
    const [stalled, other] = [rig.connect(), rig.connect()];
    stalled.send({ cmd: "stream_on" });
    await rig.settle();
    stalled.connection.paused = true;
    other.send({ cmd: "stream_on", args: { num_frames: 20 } }, { cmd: "get_status" });
    await rig.settle();
    await rig.frames(20);
    expect(other.answers).toHaveLength(22);
    other.send({ cmd: "fw_update_request", args: { length: 9, version: "1" } });
    await rig.settle();
    rig.services.update.client?.requestChunk(0, 9);
    await rig.settle();
    expect(other.answers).toHaveLength(24);
  });

  it("D33: set_time refuses an hour of 25 and a month of 13", async () => {
    const rig = new Rig();
    for (const [field, value, range] of [
      ["hour", 25, "0 to 23"],
      ["mon", 13, "1 to 12"],
      ["sec", 60, "0 to 59"],
      ["day", 0, "1 to 31"],
    ] as const)
      expect(await rig.ask({ cmd: "set_time", args: { ...TABLE.set_time.example, [field]: value } })).toEqual([
        info(0, `set_time failed: ${field} must be an integer from ${range}`),
      ]);
    expect(rig.services.clock.set).not.toHaveBeenCalled();
  });
});
