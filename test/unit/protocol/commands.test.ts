// SPDX-License-Identifier: Apache-2.0
import { identityFields, type Request } from "modules/protocol/commands";
import { CommandError } from "modules/protocol/services";
import { TABLE, UNSUPPORTED, type ArgumentSpec, type CommandName, type CommandSpec } from "modules/protocol/table";
import { CAMERA_SETTINGS, defaultsOf } from "modules/settings/table";
import { Rig } from "../server/rig";

const info = (value: number, text: string): string =>
  JSON.stringify({ cam_info: { info_value: value, info_string: text } });
const commands = Object.entries(TABLE) as [CommandName, CommandSpec][];
const withArguments = commands.filter(([, spec]) => spec.args);

/** The exact answers of each command's example. */
const GOOD: Record<Exclude<CommandName, "get_image">, string[]> = {
  get_status: [
    '{"status":{"Camera":"tCam-Mini-EFB5","Model":262146,"Version":"4.0","Time":"17:33:00.000","Date":"2/3/21"}}',
  ],
  get_config: [JSON.stringify({ config: defaultsOf(CAMERA_SETTINGS) })],
  get_wifi: [
    '{"wifi":{"ap_ssid":"tCam-Mini-EFB5","sta_ssid":"","flags":15,"ap_ip_addr":"192.168.4.1",' +
      '"sta_ip_addr":"192.168.4.2","sta_netmask":"255.255.255.0","cur_ip_addr":"192.168.4.1"}}',
  ],
  get_lep_cci: ['{"cci_reg":{"command":20172,"length":4,"status":6,"data":"OwBPADwAUAA="}}'],
  set_lep_cci: ['{"cci_reg":{"command":20173,"length":4,"status":6}}'],
  set_time: [info(1, "set_time success")],
  set_config: [info(1, "set_config success")],
  set_spotmeter: [info(1, "set_spotmeter success")],
  stream_on: [info(1, "stream_on success")],
  stream_off: [info(1, "stream_off success")],
  run_ffc: [info(1, "run_ffc success")],
  set_wifi: [info(1, "set_wifi success")],
  fw_update_request: [info(1, "fw_update_request success")],
  fw_segment: [],
};

/** Values that are refused, with the reason that is given. */
function badValues(name: string, spec: ArgumentSpec): [value: unknown, reason: string][] {
  switch (spec.type) {
    case "integer": {
      const range = spec.clamp
        ? `${name} must be an integer`
        : `${name} must be an integer${spec.max === undefined ? `, ${spec.min} or more` : ` from ${spec.min} to ${spec.max}`}`;
      const wrong: unknown[] = ["1", "", "true", [], [1], {}];
      if (!spec.clamp) wrong.push(spec.min - 1, -1e300, 1e300);
      if (spec.max !== undefined && !spec.clamp) wrong.push(spec.max + 1, spec.max + 1.5);
      return wrong.map((value) => [value, range]);
    }
    case "text": {
      const key = spec.orKey ? ", or 64 hexadecimal digits" : "";
      const length = `${name} must be ${spec.min} to ${spec.max} bytes${key}`;
      const wrong: [unknown, string][] = [1, true, [], {}].map((value) => [value, `${name} must be a string`]);
      wrong.push(["x".repeat(spec.max + 1), length], ["ä".repeat(spec.max / 2 + 1), length]);
      if (spec.min > 1) wrong.push(["x".repeat(spec.min - 1), length]);
      if (!spec.orEmpty) wrong.push(["", length]);
      // 64 and 65 hexadecimal digits, and 64 digits of which one is not hexadecimal.
      if (!spec.orKey) wrong.push(["aF".repeat(32), length]);
      wrong.push(["aF".repeat(32) + "0", length], ["0g".repeat(32), length], ["é".repeat(32), length]);
      wrong.push(["1234567\u00008", `${name} must be UTF-8 text without NUL`]);
      wrong.push(["12345678\ud800", `${name} must be UTF-8 text without NUL`]);
      return wrong;
    }
    case "address": {
      const wrong: [unknown, string][] = [1, true, [], {}].map((value) => [value, `${name} must be a string`]);
      for (const value of [
        "",
        "1.2.3",
        "1.2.3.256",
        "1.2.3.4.5",
        "1.2.3.",
        " 1.2.3.4",
        "1.2.3.4\n",
        "a.b.c.d",
        "1.2.3.-4",
        "1.2.3.0004",
      ])
        wrong.push([value, `${name} must be an IPv4 address`]);
      return wrong;
    }
    case "base64": {
      const bytes = `${name} must be base64 of exactly ${4 * spec.size} bytes`;
      const wrong: [unknown, string][] = [1, true, [], {}].map((value) => [value, `${name} must be a string`]);
      const right = Buffer.alloc(4 * spec.size).toString("base64");
      for (const value of [
        "",
        "AA==",
        "A",
        "!".repeat(right.length),
        right.replace(/=/g, ""),
        `${right.slice(0, -4)}AAAA`,
        `${right}AAAA`,
        ` ${right.slice(1)}`,
      ])
        wrong.push([value, bytes]);
      return wrong;
    }
  }
}

describe("each command", () => {
  it.each(Object.entries(GOOD))("%s is answered when it is good", async (name, answers) => {
    const rig = new Rig();
    const { example } = TABLE[name as CommandName] as CommandSpec;
    expect(await rig.ask({ cmd: name, args: example })).toEqual(answers);
  });

  it("get_image is answered by an image", async () => {
    const rig = new Rig();
    const client = rig.connect();
    client.send({ cmd: "get_image" });
    await rig.settle();
    await rig.frames(1);
    expect(client.answers).toEqual(["image 1"]);
  });

  it.each(commands.filter(([, spec]) => !spec.args).map(([name]) => name))(
    "%s takes no arguments and ignores any value in their place",
    async (name) => {
      if (name === "get_image") return;
      for (const args of [5, null, [], "x", { a: 1 }])
        expect(await new Rig().ask({ cmd: name, args })).toEqual(GOOD[name]);
    },
  );

  const required = withArguments.flatMap(([name, spec]) =>
    Object.entries(spec.args ?? {}).flatMap(([argument, { required }]) =>
      required ? [[name, argument] as const] : [],
    ),
  );
  it.each(required)("%s fails without %s", async (name, argument) => {
    const args = { ...(TABLE[name] as CommandSpec).example };
    delete args[argument];
    expect(await new Rig().ask({ cmd: name, args })).toEqual([info(0, `${name} failed: ${argument} is missing`)]);
  });

  const optional = withArguments.flatMap(([name, spec]) =>
    Object.entries(spec.args ?? {}).flatMap(([argument, { required }]) =>
      required ? [] : [[name, argument] as const],
    ),
  );
  it.each(optional)("%s may come without %s", async (name, argument) => {
    if (name === "set_lep_cci") {
      const args = { command: 0x0242, length: 0 };
      const answer = '{"cci_reg":{"command":578,"length":0,"status":6}}';
      expect(await new Rig().ask({ cmd: name, args })).toEqual([answer]);
      return;
    }
    const args = { ...(TABLE[name] as CommandSpec).example };
    delete args[argument];
    expect(await new Rig().ask({ cmd: name, args })).toEqual([info(1, `${name} success`)]);
  });

  const bad = withArguments.flatMap(([name, spec]) =>
    Object.entries(spec.args ?? {}).flatMap(([argument, argumentSpec]) =>
      badValues(argument, argumentSpec).map(([value, reason]) => [name, argument, value, reason] as const),
    ),
  );
  it.each(bad)("%s fails with %s = %j", async (name, argument, value, reason) => {
    const rig = new Rig();
    const args = { ...(TABLE[name] as CommandSpec).example, [argument]: value };
    expect(await rig.ask({ cmd: name, args })).toEqual([info(0, `${name} failed: ${reason}`)]);
    expect(rig.services.camera.calls).toEqual([]);
    expect(rig.services.network.changes).toEqual([]);
    expect(rig.services.clock.set).not.toHaveBeenCalled();
  });

  const integers = withArguments.flatMap(([name, { args }]) =>
    Object.entries(args ?? {}).flatMap(([argument, spec]) =>
      spec.type === "integer" ? [[name, argument] as const] : [],
    ),
  );
  /** What the services are asked to do by the command's example with these arguments in place of its own, and the answer. */
  async function effect(name: CommandName, change: object): Promise<unknown> {
    const rig = new Rig();
    const answers = await rig.ask({ cmd: name, args: { ...(TABLE[name] as CommandSpec).example, ...change } });
    const { camera, network, clock, update } = rig.services;
    const segments = update.segments.map(({ start, data }) => [start, data]);
    return { answers, camera: camera.calls, network: network.changes, clock: clock.set.mock.calls, segments };
  }

  it.each(integers)("%s truncates %s", async (name, argument) => {
    const whole = Number((TABLE[name] as CommandSpec).example?.[argument]);
    expect(await effect(name, { [argument]: whole + 0.9 })).toEqual(await effect(name, { [argument]: whole }));
  });

  it.each(integers)("%s accepts true and false as 1 and 0 for %s", async (name, argument) => {
    expect(await effect(name, { [argument]: true })).toEqual(await effect(name, { [argument]: 1 }));
    expect(await effect(name, { [argument]: false })).toEqual(await effect(name, { [argument]: 0 }));
  });

  const all = withArguments.flatMap(([name, { args }]) => Object.keys(args ?? {}).map((key) => [name, key] as const));
  it.each(all)("%s treats null for %s as absent", async (name, argument) => {
    expect(await effect(name, { [argument]: null })).toEqual(await effect(name, { [argument]: undefined }));
  });

  it.each([
    ["emissivity", 0.9],
    ["emissivity", false],
    ["emissivity", 101.1],
    ["gain_mode", -1.5],
  ])("a range is that of the value without its fraction: %s = %j is refused", async (argument, value) => {
    const [answer] = await new Rig().ask({ cmd: "set_config", args: { [argument]: value } });
    expect(answer).toContain(`set_config failed: ${argument} must be an integer from`);
  });

  it("a negative fraction is 0", async () => {
    const rig = new Rig();
    await rig.ask({ cmd: "set_config", args: { agc_enabled: -0.9 } });
    expect(rig.services.camera.calls).toEqual([["setConfig", { agc_enabled: 0 }]]);
  });

  it.each(withArguments.map(([name]) => name))("%s takes null in place of args as none", async (name) => {
    expect(await new Rig().ask({ cmd: name, args: null })).toEqual(await new Rig().ask({ cmd: name }));
  });

  it.each(withArguments.map(([name]) => name))("%s fails when args is no object", async (name) => {
    for (const args of [5, false, [], "x", true])
      expect(await new Rig().ask({ cmd: name, args })).toEqual([info(0, `${name} failed: args must be an object`)]);
  });

  it.each(["set_config", "set_wifi"])("%s fails when no setting is given", async (name) => {
    for (const command of [{ cmd: name }, { cmd: name, args: {} }, { cmd: name, args: { colour: 1 } }])
      expect(await new Rig().ask(command)).toEqual([info(0, `${name} failed: no setting given`)]);
  });

  it.each(UNSUPPORTED)("%s is answered as unsupported", async (name) => {
    expect(await new Rig().ask({ cmd: name })).toEqual([info(2, "Unsupported command in json string")]);
  });
});

describe("arguments of the handlers", () => {
  it("set_time: all seven fields", async () => {
    const rig = new Rig();
    await rig.ask({ cmd: "set_time", args: TABLE.set_time.example });
    expect(rig.services.clock.set).toHaveBeenCalledWith({
      sec: 14,
      min: 10,
      hour: 21,
      dow: 2,
      day: 18,
      mon: 5,
      year: 50,
    });
  });

  it.each([
    [{ day: 29, mon: 2, year: 50 }, true],
    [{ day: 29, mon: 2, year: 51 }, false],
    [{ day: 29, mon: 2, year: 30 }, true], // 2000
    [{ day: 31, mon: 4, year: 50 }, false],
    [{ day: 30, mon: 4, year: 50 }, true],
    [{ day: 31, mon: 12, year: 50 }, true],
  ])("set_time: %j exists: %s", async (date, exists) => {
    const args = { ...TABLE.set_time.example, ...date };
    const answer = exists ? info(1, "set_time success") : info(0, "set_time failed: day must be a day of the month");
    expect(await new Rig().ask({ cmd: "set_time", args })).toEqual([answer]);
  });

  it("set_config: only the given settings", async () => {
    const rig = new Rig();
    await rig.ask({ cmd: "set_config", args: { emissivity: 98, other: 1 } });
    expect(rig.services.camera.calls).toEqual([["setConfig", { emissivity: 98 }]]);
  });

  it.each([
    [
      { c1: 150, c2: 160, r1: 100, r2: 120 },
      { c1: 150, c2: 159, r1: 100, r2: 119 },
    ],
    [
      { c1: -5, c2: 3, r1: -1, r2: 0 },
      { c1: 0, c2: 3, r1: 0, r2: 0 },
    ],
    [
      { c1: 80, c2: 80, r1: 60, r2: 60 },
      { c1: 80, c2: 80, r1: 60, r2: 60 },
    ],
    [
      { c1: -1e300, c2: 1e300, r1: 59.999, r2: 60.999 },
      { c1: 0, c2: 159, r1: 59, r2: 60 },
    ],
  ])("set_spotmeter: %j is brought into the picture", async (args, box) => {
    const rig = new Rig();
    expect(await rig.ask({ cmd: "set_spotmeter", args })).toEqual([info(1, "set_spotmeter success")]);
    expect(rig.services.camera.calls).toEqual([["setSpotmeter", box]]);
  });

  it.each([
    [{ c1: 81, c2: 80, r1: 59, r2: 60 }, "c1 must not be greater than c2"],
    [{ c1: 79, c2: 80, r1: 61, r2: 60 }, "r1 must not be greater than r2"],
  ])("set_spotmeter: %j is refused", async (args, reason) => {
    expect(await new Rig().ask({ cmd: "set_spotmeter", args })).toEqual([info(0, `set_spotmeter failed: ${reason}`)]);
  });

  it("set_lep_cci: the words' bytes, up to 512 words", async () => {
    const rig = new Rig();
    const data = Buffer.alloc(1024, 7);
    const command = { cmd: "set_lep_cci", args: { command: 65535, length: 512, data: data.toString("base64") } };
    expect(await rig.ask(command)).toEqual(['{"cci_reg":{"command":65535,"length":512,"status":6}}']);
    expect(rig.services.camera.calls).toEqual([["writeCCI", 65535, [...data]]]);
  });

  it("get_lep_cci: an error of the sensor is in the status, and the command succeeds", async () => {
    const rig = new Rig();
    rig.services.camera.cci = { status: 0xfb06, data: Uint8Array.of(0, 0) };
    expect(await rig.ask({ cmd: "get_lep_cci", args: { command: 1, length: 1 } })).toEqual([
      '{"cci_reg":{"command":1,"length":1,"status":64262,"data":"AAA="}}',
    ]);
  });

  it("set_wifi: addresses in normal form, flags without the state bits", async () => {
    const rig = new Rig();
    await rig.ask({
      cmd: "set_wifi",
      args: { flags: 255, sta_ip_addr: "010.000.01.144", sta_pw: "", ap_ssid: "ä".repeat(16) },
    });
    expect(rig.services.network.changes).toEqual([
      { flags: 0x91, sta_ip_addr: "10.0.1.144", sta_pw: "", ap_ssid: "ä".repeat(16) },
    ]);
  });

  it("set_wifi: a password's limits are in bytes", async () => {
    const rig = new Rig();
    for (const sta_pw of ["é".repeat(4), "é".repeat(31) + "x", "€".repeat(21)])
      expect(await rig.ask({ cmd: "set_wifi", args: { sta_pw } })).toEqual([info(1, "set_wifi success")]);
    for (const sta_pw of ["é".repeat(3) + "x", "é".repeat(32)])
      expect(await rig.ask({ cmd: "set_wifi", args: { sta_pw } })).toEqual([
        info(0, "set_wifi failed: sta_pw must be 8 to 63 bytes, or 64 hexadecimal digits"),
      ]);
  });

  it("set_wifi: 64 hexadecimal digits, in either case, are a key", async () => {
    const rig = new Rig();
    const sta_pw = "0123456789abcdefABCDEF0123456789abcdef0123456789abcdef0123456789";
    expect(await rig.ask({ cmd: "set_wifi", args: { sta_pw } })).toEqual([info(1, "set_wifi success")]);
    expect(rig.services.network.changes).toEqual([{ sta_pw }]);
    expect(await rig.ask({ cmd: "set_wifi", args: { ap_pw: sta_pw } })).toEqual([
      info(0, "set_wifi failed: ap_pw must be 8 to 63 bytes"),
    ]);
  });

  it("fw_segment: the bytes; it has an answer only if it is refused", async () => {
    const rig = new Rig();
    const data = Buffer.alloc(8192, 0xe9);
    const args = { start: 16384, length: 8192, data: data.toString("base64") };
    expect(await rig.ask({ cmd: "fw_segment", args })).toEqual([]);
    expect(rig.services.update.segments.map(({ start, data: { length } }) => [start, length])).toEqual([[16384, 8192]]);
  });

  it("the last of duplicate keys counts", async () => {
    const rig = new Rig();
    await rig.ask('{"cmd":"nothing","cmd":"set_config","args":{"emissivity":5,"emissivity":6}}');
    expect(rig.services.camera.calls).toEqual([["setConfig", { emissivity: 6 }]]);
  });

  it("integers in any spelling", async () => {
    const rig = new Rig();
    await rig.ask('{"cmd":"set_config","args":{"emissivity":5.0e1,"gain_mode":-0}}');
    expect(rig.services.camera.calls).toEqual([["setConfig", { emissivity: 50, gain_mode: 0 }]]);
  });
});

describe("errors", () => {
  it.each(["set_config", "set_spotmeter", "run_ffc", "get_lep_cci", "set_lep_cci"] as const)(
    "%s says why the sensor refused, after the exact words",
    async (name) => {
      const rig = new Rig();
      rig.services.camera.behaviour = () => Promise.reject(new CommandError("the Lepton does not answer"));
      const { example } = TABLE[name] as CommandSpec;
      expect(await rig.ask({ cmd: name, args: example })).toEqual([
        info(0, `${name} failed: the Lepton does not answer`),
      ]);
    },
  );

  it("a failure without a reason has no other text", async () => {
    const rig = new Rig();
    rig.services.camera.behaviour = () => Promise.reject(new CommandError());
    expect(await rig.ask({ cmd: "run_ffc" })).toEqual([info(0, "run_ffc failed")]);
  });

  it("an internal error fails the command, is logged, and does not stop the camera", async () => {
    const rig = new Rig();
    rig.services.camera.behaviour = () => Promise.reject(new TypeError("undefined is not an object"));
    expect(await rig.ask({ cmd: "run_ffc" })).toEqual([info(0, "run_ffc failed: internal error")]);
    expect(rig.logged.lines.join("\n")).toContain("undefined is not an object");
    expect(await rig.ask({ cmd: "get_status" })).toHaveLength(1);
  });

  it.each([
    ["set_wifi", "network"],
    ["fw_update_request", "update"],
  ] as const)("%s refused by its service", async (name, service) => {
    const rig = new Rig();
    rig.services[service].refusal = new CommandError("not now");
    const { example } = TABLE[name] as CommandSpec;
    expect(await rig.ask({ cmd: name, args: example })).toEqual([info(0, `${name} failed: not now`)]);
  });

  it.each([
    ["", 3, "Couldn't convert json string"],
    ["   ", 3, "Couldn't convert json string"],
    ["{", 3, "Couldn't convert json string"],
    ['{"cmd":"get_status"}x', 3, "Couldn't convert json string"],
    ["\u00ff\u0000", 3, "Couldn't convert json string"],
    ["[".repeat(5000), 3, "Couldn't convert json string"],
    [`${'{"a":'.repeat(17)}1${"}".repeat(17)}`, 3, "Couldn't convert json string"],
    ["{}", 2, "Json string wasn't command"],
    ["[]", 2, "Json string wasn't command"],
    ["null", 2, "Json string wasn't command"],
    ["7", 2, "Json string wasn't command"],
    ['"get_status"', 2, "Json string wasn't command"],
    ['{"cmd":5}', 2, "Json string wasn't command"],
    ['{"cmd":null}', 2, "Json string wasn't command"],
    ['{"CMD":"get_status"}', 2, "Json string wasn't command"],
    ['{"__proto__":{"cmd":"get_status"}}', 2, "Json string wasn't command"],
    ['{"cmd":"GET_STATUS"}', 2, "Unknown command in json string"],
    ['{"cmd":""}', 2, "Unknown command in json string"],
    ['{"cmd":"toString"}', 2, "Unknown command in json string"],
    ['{"cmd":"__proto__"}', 2, "Unknown command in json string"],
  ])("%j", async (text, value, message) => {
    expect(await new Rig().ask(text)).toEqual([info(value, message)]);
  });

  it("arguments are own keys: __proto__ is ignored and changes nothing", async () => {
    const rig = new Rig();
    expect(await rig.ask('{"cmd":"set_config","args":{"__proto__":{"emissivity":50}}}')).toEqual([
      info(0, "set_config failed: no setting given"),
    ]);
    expect(({} as Record<string, unknown>).emissivity).toBeUndefined();
  });

  it("a command of 12,287 bytes works, one byte more is too long, and the next works", async () => {
    const client = new Rig();
    const command = (length: number): string => {
      const start = '{"cmd":"get_config","x":"';
      return `${start}${"x".repeat(length - start.length - 2)}"}`;
    };
    expect(await client.ask(command(12_287))).toEqual(GOOD.get_config);
    expect(await client.ask(`${command(12_288)}\x03\x02{"cmd":"get_config"}`)).toEqual([
      info(3, "Command too long"),
      ...GOOD.get_config,
    ]);
  });

  it("has the keys of the table; XS keeps no others", () => {
    const parse = jest.spyOn(JSON, "parse");
    try {
      const request = new Rig().commands.parse('{"cmd":"run_ffc","made_up":1}');
      expect(request).toMatchObject({ command: "run_ffc" });
      const keys = parse.mock.calls[0]?.[1] as unknown;
      const given = withArguments.flatMap(([, { args }]) => Object.keys(args ?? {}));
      expect(new Set(keys as string[])).toEqual(new Set(["cmd", "args", ...given]));
    } finally {
      parse.mockRestore();
    }
  });

  it.each(["stream_on", "stream_off"])("set_%s is an alias, and the answer repeats it", async (name) => {
    expect(await new Rig().ask({ cmd: `set_${name}` })).toEqual([info(1, `set_${name} success`)]);
    expect(await new Rig().ask({ cmd: `set_${name}`, args: { delay_msec: -1 } })).toEqual([
      name === "stream_off"
        ? info(1, "set_stream_off success")
        : info(0, "set_stream_on failed: delay_msec must be an integer, 0 or more"),
    ]);
  });

  it("the result of an update is the last key of every status, and of no other answer", async () => {
    const rig = new Rig();
    const notice = "Firmware update to 4.1 was rolled back, running 4.0";
    rig.services.update.notice = notice;
    const status = GOOD.get_status.map((message) => message.replace(/}}$/, `,"Update":${JSON.stringify(notice)}}}`));
    for (let client = 0; client < 3; client++) {
      expect(await rig.ask({ cmd: "get_status" })).toEqual(status);
      expect(await rig.ask({ cmd: "get_config" })).toEqual(GOOD.get_config);
    }
    expect(JSON.stringify(identityFields(rig.services))).not.toContain("Update");
    rig.services.update.notice = undefined;
    expect(await rig.ask({ cmd: "get_status" })).toEqual(GOOD.get_status);
  });

  it("a command that succeeded is reported, unless its client is gone", async () => {
    const rig = new Rig();
    await rig.ask({ cmd: "get_status" });
    await rig.ask({ cmd: "set_config", args: { emissivity: 0 } });
    rig.services.camera.behaviour = () => Promise.reject(new CommandError("the Lepton does not answer"));
    await rig.ask({ cmd: "run_ffc" });
    const request = rig.commands.parse('{"cmd":"get_status"}') as Request;
    const unused = { startStream: jest.fn(), stopStream: jest.fn(), requestChunk: jest.fn(), report: jest.fn() };
    await rig.commands.run(request, { ...unused, closed: true, ended: true });
    expect(rig.answered).toEqual(["get_status"]);
    await rig.ask({ cmd: "get_config" });
    expect(rig.answered).toEqual(["get_status", "get_config"]);
  });
});
