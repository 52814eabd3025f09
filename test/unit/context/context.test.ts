// SPDX-License-Identifier: Apache-2.0
import { createContext } from "modules/context/context";
import { Fault } from "modules/status/fault";
import { VirtualTimers } from "../fakes/virtual-timers";

test("gives each part a log of its own name, and faults that only it can clear", async () => {
  const timers = new VirtualTimers();
  const lines: string[] = [];
  const context = createContext(
    timers,
    () => 0.5,
    (line) => lines.push(line),
  );
  const raised: Fault[][] = [];
  context.faults.on("changed", (faults) => raised.push([...faults]));
  const network = context.part("network");
  const settings = context.part("settings");
  await timers.advance(7);
  network.log.info("up");
  network.faults.raise(Fault.Storage, "no radio");
  settings.faults.clear(Fault.Storage);
  expect(raised).toEqual([[Fault.Storage]]);
  network.faults.clear(Fault.Storage);
  expect(raised).toEqual([[Fault.Storage], []]);
  expect(lines[0]).toBe("I (7) network: up\n");
  expect(lines[1]).toMatch(/^E \(7\) status: fault 2 \(Storage\): no radio; /);
  expect(context.startup.step("camera", () => 3)).toBe(3);
  expect(lines.at(-1)).toBe("I (7) main: camera: done in 0 ms\n");
});
