// SPDX-License-Identifier: Apache-2.0
import { logged } from "../network/rig";
import { now } from "../update/rig";
import { boardTest } from "./rig";

boardTest(
  "a Lepton 3.0 takes spotmeter, emissivity and gain mode without effect: success for the client, a line in the log",
  async ({ connect, device }) => {
    const client = await connect();
    const log = now(device);
    await client.call("set_config", { emissivity: 50, gain_mode: 2 });
    await client.call("set_spotmeter", { c1: 10, c2: 19, r1: 20, r2: 24 });
    for (const setting of ["emissivity", "gain_mode", "spotmeter"])
      await device.waitForLog(new RegExp(`camera: ${setting}: stored without effect: a Lepton 3.0 `), 10_000, log);
    expect((await client.call("get_config"))["config"]).toEqual({ agc_enabled: 0, emissivity: 50, gain_mode: 2 });
    // The sensor was not asked: it has no such commands, and would have refused them.
    expect(logged(device, /lepton: CCI command 0x(4ecd|4ebd|0249)/)).toEqual([]);
    const { status } = (await client.call("get_lep_cci", { command: 0x4ecc, length: 4 }))["cci_reg"] as {
      status: number;
    };
    expect(status).toBe(0xf906);
  },
  { lepton: "3.0" },
);
