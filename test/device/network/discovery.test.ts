// SPDX-License-Identifier: Apache-2.0
import { Bonjour, type Service } from "bonjour-service";
import { eventually } from "../real-time";
import { Connection } from "../../../tools/tcam/connection";
import { boardTest } from "../camera/rig";

boardTest(
  "an independent browser finds the camera and its new name, and connects",
  async ({ virtual }) => {
    // Other tests' cameras may be found too: the port identifies this one.
    const bonjour = new Bonjour();
    const withdrawn: string[] = [];
    const found: Service[] = [];
    const browser = bonjour.find({ type: "tcam-socket" });
    browser.on("up", (service: Service) => service.port === virtual.port && found.push(service));
    browser.on("down", (service: Service) => service.port === virtual.port && withdrawn.push(service.name));
    try {
      await eventually("the camera is found", () => found.length > 0);
      const [service] = found;
      expect(service?.name).toMatch(/^tCam-Mini-EFB5/);
      expect(service?.host).toMatch(/^tCam-Mini-EFB5(-\d)?\.local$/);
      expect(service?.txt).toEqual({ model: "2", interface: "WiFi", version: expect.stringMatching(/^\d+\.\d+$/) });
      const connection = await Connection.open({ host: service?.addresses?.[0] ?? "", port: service?.port ?? 0 });
      await connection.call("set_wifi", { ap_ssid: `tCam-${virtual.port}` });
      await eventually("the old name is withdrawn", () => withdrawn.length > 0);
      await eventually("the new name is found", () => found.some(({ name }) => name === `tCam-${virtual.port}`));
      connection.close();
    } finally {
      browser.stop();
      bonjour.destroy();
    }
  },
  { network: "real", speed: 1 },
);
