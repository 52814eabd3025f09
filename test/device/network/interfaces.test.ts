// SPDX-License-Identifier: Apache-2.0
/** On which interfaces `npm start` is found, by its `--host`: on a computer with two networks, in its own network namespaces. */
import { testWith } from "../skipped";
import { NETWORKS, type Start } from "./interfaces-session";
import { runIsolated } from "./isolated";

testWith("namespaces")(
  "the camera is found on the interfaces on which it listens, with their addresses, and on no other",
  async () => {
    const camera = "tCam-Mini-EFB5";
    const { phone, tablet } = NETWORKS;
    const [loopback, all, one] = await runIsolated<Start[]>("interfaces-session.ts");
    expect(loopback).toEqual({
      shown: ["127.0.0.1"],
      joined: ["lo"],
      found: { loopback: { addresses: ["127.0.0.1"], camera, plain: [] } },
    });
    expect(all).toEqual({
      host: "0.0.0.0",
      shown: [phone, tablet, "127.0.0.1"],
      joined: ["lo", "to-phone", "to-tablet"],
      found: {
        phone: { addresses: [phone], camera, plain: [phone] },
        tablet: { addresses: [tablet], camera, plain: [tablet] },
      },
    });
    expect(one).toEqual({
      host: phone,
      shown: [phone],
      joined: ["to-phone"],
      found: { phone: { addresses: [phone], camera, plain: [phone] } },
    });
  },
);
