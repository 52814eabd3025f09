// SPDX-License-Identifier: Apache-2.0
import { cameraName } from "modules/network/network";
import { hostName, instanceName } from "modules/network/name";

test("the camera's name ends in its soft-AP MAC address: upper-case digits, last byte plus one", () => {
  expect(cameraName("c4:dd:57:00:ef:b4")).toBe("tCam-Mini-EFB5");
  expect(cameraName("24:0A:C4:12:34:0f")).toBe("tCam-Mini-3410");
});

test("the addition has no carry into the next byte", () => {
  expect(cameraName("c4:dd:57:00:ef:ff")).toBe("tCam-Mini-EF00");
});

test.each(["", "c4:dd:57:00:ef", "c4:dd:57:00:ef:zz", "c4:dd:57:00:ef:1b4"])("%j is no MAC address", (mac) => {
  expect(() => cameraName(mac)).toThrow("MAC address: expected six octets");
});

test.each([
  ["tCam-Mini-EFB5", "tCam-Mini-EFB5"],
  ["Kamera im Büro", "Kamera-im-B-ro"],
  ["  a  ", "a"],
  ["热像仪", "tCam-Mini"],
  ["---", "tCam-Mini"],
])("the host name of %j is %j", (name, host) => {
  expect(hostName(name)).toBe(host);
});

test.each([
  ["tCam-Mini-EFB5", "tCam-Mini-EFB5"],
  [" Kamera im Büro 热 ", " Kamera im Büro 热 "],
  ["Kiln\u0007", "Kiln"],
  ["\u001b[31mKiln\r\nroom\u009b", "[31mKiln room"],
  ["Kiln\u202egnp.exe\u202c", "Kiln gnp.exe"],
  ["a \u0001 b", "a b"],
  ["\u0001\u2066\u007f", "tCam-Mini"],
])("%j is announced as %j", (name, instance) => {
  expect(instanceName(name)).toBe(instance);
});
