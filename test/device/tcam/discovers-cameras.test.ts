// SPDX-License-Identifier: Apache-2.0
import { discover, type FoundCamera } from "../../../tools/tcam/discover";
import { boardTest } from "../camera/rig";
import { until } from "../network/rig";

boardTest("asked on the loopback interface, discovery finds the virtual camera there", async ({ device }) => {
  let found: FoundCamera[] = [];
  await until("the camera is found", async () => {
    // Other tests' cameras may be about: the port says which is this one.
    found = (await discover({ wait: 1000, interface: "127.0.0.1" })).filter(({ port }) => port === device.port);
    return found.length > 0;
  });
  expect(found).toEqual([
    { name: expect.stringMatching(/^tCam-Mini-EFB5/), host: "127.0.0.1", port: device.port, version: "4.0" },
  ]);
});
