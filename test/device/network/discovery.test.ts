// SPDX-License-Identifier: Apache-2.0
import { Bonjour, type Service } from "bonjour-service";
import { Connection } from "../../../tools/tcam/connection";
import { boardTest } from "../camera/rig";
import { until } from "./rig";

boardTest(
  "an independent browser finds the camera, connects to what it found, and follows its name",
  async ({ device }) => {
    // Other tests' cameras may be about: the port says which is this one.
    const bonjour = new Bonjour();
    const gone: string[] = [];
    const found: Service[] = [];
    const browser = bonjour.find({ type: "tcam-socket" });
    browser.on("up", (service: Service) => service.port === device.port && found.push(service));
    browser.on("down", (service: Service) => service.port === device.port && gone.push(service.name));
    try {
      await until("the camera is found", () => found.length > 0);
      const [service] = found;
      expect(service?.name).toMatch(/^tCam-Mini-EFB5/);
      expect(service?.host).toMatch(/^tCam-Mini-EFB5(-\d)?\.local$/);
      expect(service?.txt).toEqual({ model: "2", interface: "WiFi", version: expect.stringMatching(/^\d+\.\d+$/) });
      const connection = await Connection.open({ host: service?.addresses?.[0] ?? "", port: service?.port ?? 0 });
      await connection.call("set_wifi", { ap_ssid: `tCam-${device.port}` });
      await until("the old name is withdrawn", () => gone.length > 0);
      await until("the new name is found", () => found.some(({ name }) => name === `tCam-${device.port}`));
      connection.close();
    } finally {
      browser.stop();
      bonjour.destroy();
    }
  },
);
