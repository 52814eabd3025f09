// SPDX-License-Identifier: Apache-2.0
/**
 * Avahi, the usual browser on Linux, with the virtual camera. Both run in their own network namespace:
 * this computer's network and its own Avahi are not involved.
 */
import { testWith } from "../skipped";
import type { BrowserLine, SessionResult } from "./avahi-session";
import { runIsolated } from "./isolated";

testWith("avahi")("Avahi finds and resolves the camera, and notices its new name and its end at once", async () => {
  const { port, lines, resolved, cameras } = await runIsolated<SessionResult>("avahi-session.ts");
  const txt = ["interface=WiFi", "model=2", expect.stringMatching(/^version=\d+\.\d+$/)];
  const sorted = lines.map((one): BrowserLine => (one.txt ? { ...one, txt: [...one.txt].sort() } : one));
  const old = "tCam-Mini-EFB5";
  const renamed = "Café, 2nd floor";
  // Sorted by name: Avahi keeps a name for a second after its goodbye (RFC 6762, 10.1), so that the lines of both may be mixed.
  // Without a goodbye it would keep the name for over an hour.
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
});
