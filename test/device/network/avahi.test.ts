// SPDX-License-Identifier: Apache-2.0
/**
 * Avahi, which is what most Linux computers find a camera with, against the virtual camera. Both are in a network namespace of their own: neither
 * this computer's network nor an Avahi that runs on it has a part in it.
 */
import { testWith } from "../skipped";
import type { SessionResult, Told } from "./avahi-session";
import { runIsolated } from "./isolated";

testWith("avahi")(
  "Avahi finds the camera, resolves it, and learns at once when it has another name or is gone",
  async () => {
    const { port, told, resolved, cameras } = await runIsolated<SessionResult>("avahi-session.ts");
    const txt = ["interface=WiFi", "model=2", expect.stringMatching(/^version=\d+\.\d+$/)];
    const sorted = told.map((one): Told => (one.txt ? { ...one, txt: [...one.txt].sort() } : one));
    const old = "tCam-Mini-EFB5";
    const renamed = "Café, 2nd floor";
    // Names apart: Avahi keeps a name for a second after its goodbye (RFC 6762, 10.1), and the next one may be there by then.
    // Without a goodbye it would keep it for over an hour.
    expect(sorted.filter((one) => one.name === old)).toEqual([
      { what: "+", name: old },
      { what: "=", name: old, host: `${old}.local`, address: "127.0.0.1", port, txt },
      { what: "-", name: old },
    ]);
    expect(sorted.filter((one) => one.name !== old)).toEqual([
      { what: "+", name: renamed },
      { what: "=", name: renamed, host: "Caf-2nd-floor.local", address: "127.0.0.1", port, txt },
      { what: "-", name: renamed },
    ]);
    expect(resolved).toBe(`${old}.local\t127.0.0.1`);
    expect(cameras).toEqual([old, renamed]);
  },
);
