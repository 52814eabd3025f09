// SPDX-License-Identifier: Apache-2.0
import { logged } from "../network/rig";
import { lastLine } from "../update/rig";
import { boardTest } from "./rig";

boardTest(
  "with a Lepton 3.0 spotmeter, emissivity and gain mode succeed without effect and are logged",
  async ({ connect, virtual }) => {
    const client = await connect();
    const log = lastLine(virtual);
    await client.call("set_config", { emissivity: 50, gain_mode: 2 });
    await client.call("set_spotmeter", { c1: 10, c2: 19, r1: 20, r2: 24 });
    for (const setting of ["emissivity", "gain_mode", "spotmeter"])
      await virtual.waitForLog(new RegExp(`camera: ${setting}: stored without effect: a Lepton 3.0 `), 10_000, log);
    expect((await client.call("get_config"))["config"]).toMatchObject({ agc_enabled: 0, emissivity: 50, gain_mode: 2 });
    // The camera did not send these commands, which a Lepton 3.0 does not have.
    expect(logged(virtual, /lepton: CCI command 0x(4ecd|4ebd|0249)/)).toEqual([]);
    const { status } = (await client.call("get_lep_cci", { command: 0x4ecc, length: 4 }))["cci_reg"] as {
      status: number;
    };
    expect(status).toBe(0xf906);
  },
  { lepton: "3.0" },
);
