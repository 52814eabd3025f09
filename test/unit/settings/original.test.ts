// SPDX-License-Identifier: Apache-2.0
import { Settings } from "modules/settings/settings";
import { CAMERA_SETTINGS, type CameraConfig, defaultsOf } from "modules/settings/table";
import { FakeKeyValue } from "../fakes/key-value";
import { recordingLog } from "../fakes/log";

const DEFAULTS = defaultsOf<CameraConfig>(CAMERA_SETTINGS);

function start(storage: FakeKeyValue): { settings: Settings; lines: string[] } {
  const { log, lines } = recordingLog();
  const settings = new Settings({
    storage,
    cameraName: "tCam-Mini-0001",
    log,
    faults: { raise: jest.fn(), clear: jest.fn() },
  });
  return { settings, lines };
}

function text(value: string, length: number): number[] {
  const bytes = [...Buffer.from(value)];
  return [...bytes, ...new Array<number>(length - bytes.length).fill(0)];
}

function wifiInfo(passwordLength: number, ssid = text("tCam-Mini-EFB5", 33)): ArrayBuffer {
  const bytes = [
    ...ssid,
    ...text("Home", 33),
    ...text("", passwordLength),
    ...text("correct horse", passwordLength),
    0x9f,
    ...[1, 4, 168, 192],
    ...[9, 0, 0, 10],
    ...[0, 255, 255, 255],
  ];
  return new Uint8Array(bytes).buffer;
}

test.each([
  [33, 145],
  [64, 207],
])("a camera that ran the original firmware keeps its network (passwords of %i bytes)", (passwordLength, length) => {
  const storage = new FakeKeyValue();
  const blob = wifiInfo(passwordLength);
  expect(blob.byteLength).toBe(length);
  storage.set("storage", "wifi_info", blob);
  const { settings, lines } = start(storage);
  expect(settings.wifi.read()).toEqual({
    ap_ssid: "tCam-Mini-EFB5",
    ap_pw: "",
    ap_ip_addr: "192.168.4.1",
    sta_ssid: "Home",
    sta_pw: "correct horse",
    sta_ip_addr: "10.0.0.9",
    sta_netmask: "255.255.255.0",
    sta_gateway: "",
    flags: 0x91,
  });
  expect(lines.join()).not.toContain("correct horse");
  expect(start(storage.restarted()).lines).toEqual(["I (0) test: camera: nothing stored, defaults used"]);
});

test.each([
  ["an error", new Error("ESP_ERR_FLASH_OP_FAIL")],
  ["a type mismatch", new TypeError("mismatch")],
])("the original's settings that cannot be read (%s) are taken over at a later start", (_name, failure) => {
  const storage = new FakeKeyValue();
  storage.set("storage", "wifi_info", wifiInfo(64));
  storage.unreadable.set("storage/wifi_info", failure);
  const { settings, lines } = start(storage);
  expect(settings.wifi.read().sta_ssid).toBe("");
  expect(lines).toContain(`E (0) test: wifi: stored settings cannot be read: ${failure.message}; not overwritten`);
  expect(() => settings.wifi.write({ sta_ssid: "other" })).toThrow("wifi: could not be stored");
  expect(storage.opened).toBe(1);
  expect(start(storage.restarted()).settings.wifi.read().sta_ssid).toBe("Home");
});

test("a camera that ran the original firmware keeps its picture settings", () => {
  const storage = new FakeKeyValue();
  storage.set("storage", "lep_state", new Uint8Array([1, 95, 2]).buffer);
  expect(start(storage).settings.camera.read()).toEqual({ ...DEFAULTS, agc_enabled: 1, emissivity: 95, gain_mode: 2 });
  // The firmware's own namespace stays open, the original's does not.
  expect(storage.opened).toBe(1);
});

test.each([
  [0xff, 1],
  [0xfe, 0],
])("of the original's flags (%i) only the AGC bit is read", (flags, agc_enabled) => {
  const storage = new FakeKeyValue();
  storage.set("storage", "lep_state", new Uint8Array([flags, 95, 2]).buffer);
  expect(start(storage).settings.camera.read().agc_enabled).toBe(agc_enabled);
});

test("an original setting out of range becomes the default", () => {
  const storage = new FakeKeyValue();
  storage.set("storage", "lep_state", new Uint8Array([0, 95, 255]).buffer);
  storage.set(
    "storage",
    "wifi_info",
    wifiInfo(
      64,
      text("\xff", 33).map((byte, i) => (i === 0 ? 0xff : byte)),
    ),
  );
  const { settings, lines } = start(storage);
  expect(settings.camera.read()).toEqual({ ...DEFAULTS, agc_enabled: 0, emissivity: 95, gain_mode: 0 });
  expect(settings.wifi.read()).toMatchObject({ ap_ssid: "tCam-Mini-0001", sta_ssid: "Home" });
  expect(lines).toContain("W (0) test: camera.gain_mode: must be 0 to 2, default used");
});

test("the firmware's own settings take precedence, and the original's stay unchanged", () => {
  const storage = new FakeKeyValue();
  const blob = new Uint8Array([1, 95, 2]).buffer;
  storage.set("storage", "lep_state", blob);
  start(storage).settings.camera.write({ emissivity: 50 });
  expect(start(storage.restarted()).settings.camera.read()).toEqual({
    ...DEFAULTS,
    agc_enabled: 1,
    emissivity: 50,
    gain_mode: 2,
  });
  expect(storage.get("storage", "lep_state")).toBe(blob);
  expect(storage.keys("storage")).toEqual(["lep_state"]);
});

test.each([
  ["of another length", new ArrayBuffer(4)],
  ["of another type", "text"],
])("a blob %s is ignored", (_name, value) => {
  const storage = new FakeKeyValue();
  storage.set("storage", "lep_state", value);
  storage.set("storage", "wifi_info", value);
  const { settings } = start(storage);
  expect(settings.camera.read().emissivity).toBe(100);
  expect(settings.wifi.read().ap_ssid).toBe("tCam-Mini-0001");
});
