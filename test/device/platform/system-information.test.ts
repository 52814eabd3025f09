// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import type { Channel } from "./fake-board";
import { run } from "./run";

const opening = {
  ok: true,
  mac: "c4:dd:57:00:ef:b4",
  resetCause: "watchdog",
  partition: "ota_0",
  version: "4.0",
  project: "tCamMini",
  trial: true,
  crashes: 2,
};

test("info has the board's description of this start; its errors are thrown", async () => {
  const seen: string[] = [];
  const board = await FakeBoard.start((channel) => {
    channel.onMessage = (type, payload) => {
      seen.push(type + payload.toString());
      if (type === "B")
        channel.send(
          payload.toString() === "ota_1" ? "A" : "F",
          payload.toString() === "ota_1" ? "" : "no valid image",
        );
      if (type === "M") channel.send("A");
      if (type === "I")
        channel.send(
          payload.toString() === "ota_1" ? "D" : "F",
          JSON.stringify({ version: "3.9", project: "tCamMini", valid: true }),
        );
    };
    return opening;
  });
  const script = run(
    `
    import system from "platform/system";
    say(JSON.stringify(system.info));
    system.boot("ota_1");
    try { system.boot("factory"); say("no error"); } catch (error) { say(error.message); }
    system.markValid();
    say(JSON.stringify(system.image("ota_1")), system.image("ota_0"));
    system.clearCrashes();
    system.feedWatchdog();
    system.restart();
    `,
    { env: board.env },
  );
  const { ok, ...info } = opening;
  expect(ok && JSON.parse(await script.line())).toEqual({ ...info, poweredFor: 0 });
  expect(await script.line()).toBe("no valid image");
  expect(await script.line()).toBe('{"version":"3.9","project":"tCamMini","valid":true} ');
  expect(await script.ended).toBe(75);
  expect(seen).toEqual(["Bota_1", "Bfactory", "M", "Iota_1", "Iota_0", "C", "W"]);
});

test("the firmware's process ends with the board", async () => {
  let system: Channel | undefined;
  const board = await FakeBoard.start((channel) => {
    system = channel;
    return opening;
  });
  const script = run(
    'import system from "platform/system"; import Timer from "timer"; Timer.repeat(() => {}, 1000); say(system.info.mac);',
    {
      env: board.env,
    },
  );
  await script.line();
  system?.socket.destroy();
  expect(await script.ended).toBe(0);
});
