// SPDX-License-Identifier: Apache-2.0
import { Settings, StorageError, VolatileSettings } from "modules/settings/settings";
import { encodeCopy } from "modules/settings/record";
import { Fault } from "modules/status/fault";
import { FakeKeyValue } from "../fakes/key-value";
import { recordingLog } from "../fakes/log";
import { WIFI_DEFAULTS } from "../fakes/wifi-defaults";

const NAME = WIFI_DEFAULTS.ap_ssid;
const CAMERA_DEFAULTS = { agc_enabled: 0, emissivity: 100, gain_mode: 0 };

function start(storage = new FakeKeyValue()): {
  storage: FakeKeyValue;
  settings: Settings;
  lines: string[];
  raise: jest.Mock;
  clear: jest.Mock;
} {
  const { log, lines } = recordingLog();
  const raise = jest.fn();
  const clear = jest.fn();
  const settings = new Settings({ storage, cameraName: NAME, log, faults: { raise, clear } });
  return { storage, settings, lines, raise, clear };
}

test("a camera without stored settings has the defaults and does not write them", () => {
  const { storage, settings, lines, raise } = start();
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
  expect(settings.wifi.read()).toEqual(WIFI_DEFAULTS);
  expect(storage.writes).toBe(0);
  expect(lines.filter((line) => /^[WE]/.test(line))).toEqual([]);
  expect(raise).not.toHaveBeenCalled();
});

test("settings survive a restart, and a write leaves the other group unchanged", () => {
  const { storage, settings } = start();
  settings.camera.write({ emissivity: 95 });
  settings.camera.write({ agc_enabled: 1, gain_mode: 2 });
  settings.wifi.write({ sta_ssid: 'Überwachung "7"\n', sta_pw: "secret words", flags: 0x91 });
  const next = start(storage.restarted()).settings;
  expect(next.camera.read()).toEqual({ ...CAMERA_DEFAULTS, agc_enabled: 1, emissivity: 95, gain_mode: 2 });
  expect(next.wifi.read()).toEqual({
    ...WIFI_DEFAULTS,
    sta_ssid: 'Überwachung "7"\n',
    sta_pw: "secret words",
    flags: 0x91,
  });
});

test("a change to the current value writes nothing", () => {
  const { storage, settings } = start();
  settings.camera.write({ emissivity: 95 });
  expect(storage.writes).toBe(1);
  settings.camera.write({ emissivity: 95, agc_enabled: 0 });
  settings.camera.write({});
  expect(storage.writes).toBe(1);
});

test("a change of several settings is one write", () => {
  const { storage, settings } = start();
  settings.wifi.write({ ap_ssid: "a", ap_pw: "12345678", sta_ssid: "b", sta_pw: "87654321" });
  expect(storage.writes).toBe(1);
});

test.each([
  ["camera", { agc_enabled: 2 }],
  ["camera", { emissivity: 0 }],
  ["camera", { emissivity: 101 }],
  ["camera", { emissivity: 95.5 }],
  ["camera", { gain_mode: -1 }],
  ["camera", { gain_mode: 3 }],
  ["camera", { agc_enabled: true }],
  ["camera", { nonsense: 1 }],
  ["wifi", { ap_ssid: "" }],
  ["wifi", { ap_ssid: "é".repeat(17) }],
  ["wifi", { sta_ssid: 7 }],
  ["wifi", { sta_pw: "seven77" }],
  ["wifi", { sta_pw: "x".repeat(64) }],
  ["wifi", { sta_pw: "a".repeat(65) }],
  ["wifi", { ap_pw: "a".repeat(64) }],
  ["wifi", { ap_ip_addr: "" }],
  ["wifi", { sta_netmask: "255.255.255.256" }],
  ["wifi", { sta_netmask: "255.255.255" }],
  ["wifi", { sta_gateway: "1.2.3.4.5" }],
  ["wifi", { sta_gateway: "1.2.3.x" }],
  ["wifi", { flags: 2 }],
])("a value out of range is rejected with its whole change: %s %j", (group, change) => {
  const { storage, settings } = start();
  const { camera, wifi } = settings;
  const write = (): void =>
    group === "camera"
      ? camera.write({ emissivity: 50, ...change } as object)
      : wifi.write({ sta_ssid: "net", ...change } as object);
  expect(write).toThrow(RangeError);
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
  expect(settings.wifi.read()).toEqual(WIFI_DEFAULTS);
  expect(storage.writes).toBe(0);
});

test("the longest values are accepted", () => {
  const { settings } = start();
  const change = { ap_ssid: "é".repeat(16), ap_pw: "x".repeat(63), sta_ssid: "😀".repeat(8), sta_gateway: "10.0.0.1" };
  settings.wifi.write(change);
  expect(settings.wifi.read()).toMatchObject(change);
});

test("the station's password may be a key of 64 hexadecimal digits, and survives a restart", () => {
  const { storage, settings } = start();
  const sta_pw = "0123456789abcdefABCDEF".padEnd(64, "f");
  settings.wifi.write({ sta_pw });
  const next = start(storage.restarted());
  expect(next.settings.wifi.read().sta_pw).toBe(sta_pw);
  expect(next.lines.filter((line) => line.startsWith("W"))).toEqual([]);
});

test("reset stores the defaults and deletes the copy of the old settings", () => {
  const { storage, settings } = start();
  settings.wifi.write({ sta_ssid: "net", sta_pw: "a secret", flags: 0x81 });
  settings.wifi.reset();
  expect(settings.wifi.read()).toEqual(WIFI_DEFAULTS);
  expect(start(storage.restarted()).settings.wifi.read()).toEqual(WIFI_DEFAULTS);
  expect(storage.keys("tcam").map((key) => storage.get("tcam", key))).not.toContainEqual(
    expect.stringContaining("secret"),
  );
});

test("settings that an older firmware did not store become defaults, each with one log line", () => {
  const storage = new FakeKeyValue();
  storage.set("tcam", "camera.a", encodeCopy(7, { emissivity: 42 }));
  const { settings, lines } = start(storage);
  expect(settings.camera.read()).toEqual({ ...CAMERA_DEFAULTS, emissivity: 42 });
  expect(lines.filter((line) => line.startsWith("W"))).toEqual([
    "W (0) test: camera.agc_enabled: was not stored, default used",
    "W (0) test: camera.gain_mode: was not stored, default used",
  ]);
  expect(start(storage.restarted()).lines.filter((line) => line.startsWith("W"))).toEqual([]);
});

test("a stored value out of range becomes the default, the others are session, an unknown setting is dropped", () => {
  const storage = new FakeKeyValue();
  storage.set(
    "tcam",
    "wifi.b",
    encodeCopy(1, { ...WIFI_DEFAULTS, sta_ssid: "net", sta_pw: "short", flags: 255, colour: 3 }),
  );
  const { settings, lines } = start(storage);
  expect(settings.wifi.read()).toEqual({ ...WIFI_DEFAULTS, sta_ssid: "net" });
  expect(lines).toContain(
    "W (0) test: wifi.sta_pw: must be 8 to 63 bytes, or 64 hexadecimal digits, or empty, default used",
  );
  expect(lines).toContain("W (0) test: wifi.flags: must be bits of 145, default used");
});

test.each([
  ["text that is not a copy", "rubbish"],
  ["an empty text", ""],
  ["a copy of another format", encodeCopy(9, CAMERA_DEFAULTS).replace(/^1/, "2")],
  ["a changed character", encodeCopy(9, { ...CAMERA_DEFAULTS, emissivity: 90 }).replace("90", "91")],
  ["a changed sequence number", encodeCopy(9, CAMERA_DEFAULTS).replace("1 9", "1 8")],
  ["JSON that is not an object", encodeCopy(9, [1])],
  ["another type", new ArrayBuffer(3)],
])("a damaged copy (%s) falls back to the other one, with a log line", (_name, damaged) => {
  const storage = new FakeKeyValue();
  storage.set("tcam", "camera.a", encodeCopy(3, { ...CAMERA_DEFAULTS, emissivity: 77 }));
  storage.set("tcam", "camera.b", damaged);
  const { settings, lines } = start(storage);
  expect(settings.camera.read().emissivity).toBe(77);
  expect(lines).toContain("W (0) test: camera: 1 of 2 stored copies damaged");
  settings.camera.write({ emissivity: 78 });
  const next = start(storage.restarted());
  expect(next.settings.camera.read().emissivity).toBe(78);
  expect(next.lines.filter((line) => line.startsWith("W"))).toEqual([]);
});

test("D25: with both copies damaged or of the wrong type the camera starts with the defaults", () => {
  const storage = new FakeKeyValue();
  storage.set("tcam", "camera.a", "x");
  storage.set("tcam", "camera.b", new ArrayBuffer(0));
  const { settings, lines } = start(storage);
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
  expect(lines).toContain("W (0) test: camera: 2 of 2 stored copies damaged");
  settings.camera.write({ emissivity: 5 });
  settings.camera.write({ emissivity: 6 });
  expect(start(storage.restarted()).settings.camera.read().emissivity).toBe(6);
});

test("without storage the camera starts with the defaults, raises fault 2 and rejects changes", () => {
  const storage = new FakeKeyValue();
  storage.broken = true;
  const { settings, raise } = start(storage);
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
  expect(raise).toHaveBeenCalledWith(Fault.Storage, expect.stringContaining("NVS is not initialised"));
  expect(() => settings.camera.write({ emissivity: 5 })).toThrow(StorageError);
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
});

describe.each([
  ["an error", new Error("ESP_ERR_FLASH_OP_FAIL")],
  // The ESP32's class checks the type that nvs_find_key should have returned.
  ["a type mismatch", new TypeError("mismatch")],
])("a copy that cannot be read (%s) is not a damaged one:", (_name, failure) => {
  /** Emissivity 41 in slot a, then 42 in slot b; the same with the network's name. */
  function used(): FakeKeyValue {
    const storage = new FakeKeyValue();
    const { settings } = start(storage);
    for (const n of [41, 42]) {
      settings.camera.write({ emissivity: n });
      settings.wifi.write({ sta_ssid: `net${n}`, sta_pw: `password${n}` });
    }
    return storage.restarted();
  }

  /** The settings after a restart without read errors. */
  function restarted(storage: FakeKeyValue): object {
    const { settings, lines } = start(storage.restarted());
    expect(lines.filter((line) => /^[WE]/.test(line))).toEqual([]);
    return { emissivity: settings.camera.read().emissivity, sta_ssid: settings.wifi.read().sta_ssid };
  }

  test("the other copy is used, the unreadable one is not overwritten, and a restart finds it", () => {
    const storage = used();
    storage.unreadable.set("tcam/camera.b", failure);
    const { settings, lines, raise } = start(storage);
    expect(settings.camera.read().emissivity).toBe(41);
    expect(lines).toContain(`E (0) test: camera: stored settings cannot be read: ${failure.message}; not overwritten`);
    expect(lines.join()).not.toContain("damaged");
    expect(raise.mock.calls).toEqual([[Fault.Storage, `camera: stored settings cannot be read: ${failure.message}`]]);
    expect(() => settings.camera.write({ emissivity: 50 })).toThrow(
      new StorageError(`camera: could not be stored: the stored values cannot be read: ${failure.message}`),
    );
    expect(settings.camera.read().emissivity).toBe(41);
    expect(storage.writes).toBe(0);
    // The other group is not affected.
    settings.wifi.write({ sta_ssid: "other" });
    expect(restarted(storage)).toEqual({ emissivity: 42, sta_ssid: "other" });
  });

  test("with both copies unreadable the defaults are used and not stored", () => {
    const storage = used();
    for (const key of ["camera.a", "camera.b", "wifi.a", "wifi.b"]) storage.unreadable.set(`tcam/${key}`, failure);
    const { settings } = start(storage);
    expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
    expect(settings.wifi.read()).toEqual(WIFI_DEFAULTS);
    expect(() => settings.camera.write({ emissivity: 50 })).toThrow(StorageError);
    expect(() => settings.wifi.write({ sta_ssid: "other" })).toThrow(StorageError);
    settings.camera.write({ emissivity: CAMERA_DEFAULTS.emissivity }); // no change
    expect(storage.writes).toBe(0);
    expect(restarted(storage)).toEqual({ emissivity: 42, sta_ssid: "net42" });
  });

  test("no setting is repaired until then", () => {
    const storage = used();
    storage.set("tcam", "camera.a", encodeCopy(1, { emissivity: 200 }));
    storage.unreadable.set("tcam/camera.b", failure);
    expect(start(storage).settings.camera.read()).toEqual(CAMERA_DEFAULTS);
    expect(storage.writes).toBe(0);
  });

  test("a reset stores the defaults and deletes the other copy, whichever was unreadable", () => {
    for (const unreadable of [["wifi.a"], ["wifi.b"], ["wifi.a", "wifi.b"]]) {
      const storage = used();
      for (const key of unreadable) storage.unreadable.set(`tcam/${key}`, failure);
      const { settings, raise, clear } = start(storage);
      expect(raise).toHaveBeenCalledTimes(1);
      settings.wifi.reset();
      expect(clear.mock.calls).toEqual([[Fault.Storage]]);
      const copies = storage.keys("tcam").filter((key) => key.startsWith("wifi."));
      expect(copies.map((key) => String(storage.get("tcam", key)).includes("password4"))).toEqual([false]);
      expect(restarted(storage)).toEqual({ emissivity: 42, sta_ssid: "" });
      settings.wifi.write({ sta_ssid: "new" });
      expect(restarted(storage)).toEqual({ emissivity: 42, sta_ssid: "new" });
    }
  });

  test("a failed reset leaves the settings read-only, and the fault remains", () => {
    const storage = used();
    storage.unreadable.set("tcam/wifi.b", failure);
    const { settings, clear } = start(storage);
    storage.full = true;
    expect(() => settings.wifi.reset()).toThrow(StorageError);
    storage.full = false;
    expect(() => settings.wifi.write({ sta_ssid: "other" })).toThrow(StorageError);
    expect(clear).not.toHaveBeenCalled();
    settings.wifi.reset();
    expect(clear).toHaveBeenCalledTimes(1);
  });

  test("the fault remains until both groups are readable", () => {
    const storage = used();
    storage.unreadable.set("tcam/wifi.b", failure).set("tcam/camera.a", failure);
    const { settings, raise, clear } = start(storage);
    settings.wifi.reset();
    expect(clear).not.toHaveBeenCalled();
    expect(raise).toHaveBeenLastCalledWith(Fault.Storage, expect.stringContaining("camera: stored settings"));
  });
});

test("a reset deletes damaged copies, which may contain a password", () => {
  const storage = new FakeKeyValue();
  storage.set("tcam", "wifi.a", "1 7 00000000 {password");
  storage.set("tcam", "wifi.b", "1 8 00000000 {password");
  start(storage).settings.wifi.reset();
  expect(storage.keys("tcam").map((key) => String(storage.get("tcam", key)).includes("{password"))).toEqual([false]);
});

test("a failed write is an error and changes nothing", () => {
  const { storage, settings } = start();
  settings.camera.write({ emissivity: 5 });
  storage.full = true;
  expect(() => settings.camera.write({ emissivity: 6 })).toThrow("camera: could not be stored: no space");
  expect(settings.camera.read().emissivity).toBe(5);
  storage.full = false;
  settings.camera.write({ emissivity: 7 });
  expect(start(storage.restarted()).settings.camera.read().emissivity).toBe(7);
});

test("a repair that cannot be stored does not fail the start", () => {
  const storage = new FakeKeyValue();
  storage.set("tcam", "camera.a", encodeCopy(7, {}));
  storage.full = true;
  const { settings, lines } = start(storage);
  expect(settings.camera.read()).toEqual(CAMERA_DEFAULTS);
  expect(lines.filter((line) => line.startsWith("E"))).toHaveLength(1);
});

test("no log line and no error contains a password or a network's name", () => {
  const storage = new FakeKeyValue();
  storage.set(
    "tcam",
    "wifi.a",
    encodeCopy(1, { ...WIFI_DEFAULTS, sta_ssid: "SECRET-NET".repeat(9), sta_pw: "SECRET", ap_pw: 5 }),
  );
  storage.set("tcam", "wifi.b", "SECRET torn");
  const { settings, lines } = start(storage);
  const errors: string[] = [];
  for (const change of [{ sta_pw: "SECRET" }, { ap_pw: "SECRET".repeat(20) }]) {
    try {
      settings.wifi.write(change);
    } catch (error) {
      errors.push(String(error));
    }
  }
  storage.full = true;
  expect(() => settings.wifi.write({ sta_pw: "SECRET SECRET" })).toThrow(/^wifi: could not be stored: no space$/);
  expect(errors).toHaveLength(2);
  expect([...lines, ...errors].join("\n")).not.toContain("SECRET");
});

test("the settings of the hardware interface begin with the stored values and are not stored", () => {
  const { storage, settings } = start();
  settings.camera.write({ emissivity: 80 });
  const { writes } = storage;
  const session = new VolatileSettings(settings.camera);
  session.write({ agc_enabled: 1 });
  expect(session.read()).toEqual({ ...CAMERA_DEFAULTS, agc_enabled: 1, emissivity: 80 });
  expect(storage.writes).toBe(writes);
  expect(start(storage.restarted()).settings.camera.read().agc_enabled).toBe(0);
});
