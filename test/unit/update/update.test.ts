// SPDX-License-Identifier: Apache-2.0
import { CommandError } from "modules/protocol/services";
import { Fault } from "modules/status/fault";
import { ATTEMPTS, BUTTON_TIMEOUT, FAULT_SHOWN, RESTART_DELAY, CHUNK_TIMEOUT, Verdict } from "modules/update/update";
import { Client, firmware, Rig, WRITE_TIME } from "./rig";

const image = firmware(3 * 8192 + 1234);

describe("a good update", () => {
  test("is fetched in chunks of 8192 bytes, checked, selected and started after half a second", async () => {
    const rig = new Rig();
    await rig.begin(image);
    expect(rig.stages).toEqual(["requested", "running"]);
    await rig.serveAll(image);
    expect(rig.client.requests).toEqual([
      [0, 8192],
      [8192, 8192],
      [16384, 8192],
      [24576, 1234],
    ]);
    expect(rig.flash.bytes.subarray(0, image.length).equals(image)).toBe(true);
    expect(rig.client.reports).toEqual([Verdict.Success]);
    expect(rig.booted).toBe("ota_0");
    expect(rig.notices.expected).toBe("4.1");
    expect(rig.stage).toBe("none");
    expect(rig.restarts).toBe(0);
    await rig.timers.advance(RESTART_DELAY);
    expect(rig.restarts).toBe(1);
  });

  test("is started even if its client disconnects, or the button is pressed again", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serveAll(image);
    rig.update.gone(rig.client);
    rig.update.button();
    await rig.timers.advance(RESTART_DELAY);
    expect(rig.restarts).toBe(1);
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test.each([
    ["factory", "ota_0"],
    ["ota_0", "ota_1"],
    ["ota_1", "ota_0"],
  ])("from %s goes to %s", async (partition, target) => {
    const rig = new Rig({ partition });
    await rig.begin(image);
    await rig.serveAll(image);
    expect(rig.booted).toBe(target);
  });

  test("erases to the end of the image's last block of 64 KB", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serveAll(image);
    const covered = 65_536;
    expect(rig.flash.bytes.subarray(image.length, covered).every((byte) => byte === 0xff)).toBe(true);
    expect(rig.flash.bytes[covered]).toBe(0x33);
  });

  test("can be short: an image of one chunk passes the same checks (D16)", async () => {
    const small = firmware(400);
    const rig = new Rig();
    await rig.begin(small);
    await rig.serveAll(small);
    expect(rig.client.reports).toEqual([Verdict.Success]);
    const wrong = new Rig();
    await wrong.begin(firmware(400, { project: "other" }));
    await wrong.serve(firmware(400, { project: "other" }));
    expect(wrong.client.reports).toEqual([Verdict.Invalid]);
  });
});

describe("the request", () => {
  test("times out after 60 s without the button", async () => {
    const rig = new Rig();
    await rig.update.request(rig.client, 1000, "4.1");
    await rig.timers.advance(BUTTON_TIMEOUT - 1);
    expect(rig.client.reports).toEqual([]);
    await rig.timers.advance(1);
    expect(rig.client.reports).toEqual([Verdict.RequestTimeout]);
    expect(rig.stage).toBe("none");
    expect(rig.flash.operations).toBe(0);
  });

  test("of the same client replaces its earlier one, in either stage (D3, D16)", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serve(image);
    await rig.begin(image);
    expect(rig.flash.held).toBe(1);
    expect(rig.client.requests.at(-1)).toEqual([0, 8192]);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Success]);
    expect(rig.stage).toBe("none");
  });

  test("with an impossible length is refused", async () => {
    const rig = new Rig();
    const request = rig.update.request(rig.client, 100, "4.1");
    await expect(request).rejects.toThrow(CommandError);
    await expect(request).rejects.toThrow("a length of 100 bytes is too small for a firmware image");
    expect(rig.stages).toEqual([]);
  });

  test("for an image that does not fit its slot is refused with both sizes, and changes nothing", async () => {
    const rig = new Rig({ size: 28_672 });
    await rig.begin(image);
    await rig.serve(image);
    await expect(rig.update.request(rig.client, 28_673, "4.1")).rejects.toThrow(
      new CommandError("28673 bytes do not fit the slot's 28672"),
    );
    expect(rig.flash.held).toBe(1);
    expect(rig.stages).toEqual(["requested", "running"]);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test("for an image that fills its slot is accepted", async () => {
    const rig = new Rig({ size: 28_672 });
    await rig.update.request(rig.client, 28_672, "4.1");
    expect(rig.stage).toBe("requested");
    expect(rig.flash.operations).toBe(0);
  });

  test("of another client is refused during an update, which goes on", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await expect(rig.update.request(new Client(), 5000, "4.2")).rejects.toThrow("another client");
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test("is refused while the running image is on trial, and accepted afterwards", async () => {
    const rig = new Rig();
    rig.onTrial = true;
    await expect(rig.update.request(rig.client, 5000, "4.2")).rejects.toThrow("on trial");
    rig.onTrial = false;
    await rig.update.request(rig.client, 5000, "4.2");
    expect(rig.stage).toBe("requested");
  });

  test("is refused between success and restart", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serveAll(image);
    await expect(rig.update.request(rig.client, 5000, "4.2")).rejects.toThrow("about to restart");
  });
});

describe("the result of the previous update", () => {
  const NOTICE = "Firmware update to 4.1 was rolled back, running 4.0";

  function rolledBack(): Rig {
    const rig = new Rig();
    rig.notices.post(NOTICE);
    return rig;
  }

  test("is reported until the button approves the next one", async () => {
    const rig = rolledBack();
    expect(rig.update.notice).toBe(NOTICE);
    await rig.update.request(rig.client, image.length, "4.1");
    expect(rig.update.notice).toBe(NOTICE);
    rig.update.button();
    expect(rig.update.notice).toBeUndefined();
    expect(rig.notices.notice).toBeUndefined();
  });

  test("is not changed by a request that is refused, times out, or whose slot cannot be opened", async () => {
    const rig = rolledBack();
    await expect(rig.update.request(rig.client, 100, "4.1")).rejects.toThrow(CommandError);
    await rig.update.request(rig.client, image.length, "4.1");
    await rig.timers.advance(BUTTON_TIMEOUT);
    rig.update.button();
    rig.openError = new Error("no such partition");
    await rig.begin(image);
    expect(rig.client.reports).toEqual([Verdict.RequestTimeout, Verdict.OpenFailed]);
    expect(rig.update.notice).toBe(NOTICE);
  });
});

describe("chunks", () => {
  test("that do not come are requested six times, ten seconds apart, then the update ends", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.timers.advance(CHUNK_TIMEOUT * (ATTEMPTS - 1));
    expect(rig.client.requests).toEqual(Array(ATTEMPTS).fill([0, 8192]));
    expect(rig.client.reports).toEqual([]);
    await rig.timers.advance(CHUNK_TIMEOUT);
    expect(rig.client.reports).toEqual([Verdict.HostSilent]);
    expect(rig.stage).toBe("none");
    expect(rig.faults.size).toBe(0);
  });

  test("may each need several attempts", async () => {
    const rig = new Rig();
    await rig.begin(image);
    for (let chunk = 0; chunk < 4; chunk++) {
      await rig.timers.advance(CHUNK_TIMEOUT * (ATTEMPTS - 1) - 1);
      await rig.serve(image);
    }
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test("that are repeated, early, late or another client's change nothing", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serve(image);
    const before = rig.flash.operations;
    rig.update.chunk(rig.client, 0, image.subarray(0, 8192));
    rig.update.chunk(rig.client, 16384, image.subarray(16384, 24576));
    rig.update.chunk(new Client(), 8192, new Uint8Array(8192));
    await rig.timers.advance(1);
    expect(rig.flash.operations).toBe(before);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test("that arrive again while they are written are written once", async () => {
    const twice = new Rig();
    await twice.begin(image);
    const chunk = image.subarray(0, 8192);
    twice.update.chunk(twice.client, 0, chunk);
    twice.update.chunk(twice.client, 0, chunk);
    await twice.timers.advance(WRITE_TIME);
    const once = new Rig();
    await once.begin(image);
    await once.serve(image);
    expect(twice.flash.operations).toBe(once.flash.operations);
    await twice.serveAll(image);
    expect(twice.client.reports).toEqual([Verdict.Success]);
  });

  test.each([8191, 8193, 0])("of %d bytes instead of 8192 are not written but requested again", async (length) => {
    const rig = new Rig();
    await rig.begin(image);
    rig.update.chunk(rig.client, 0, new Uint8Array(length));
    expect(rig.flash.operations).toBe(0);
    expect(rig.client.requests).toHaveLength(2);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Success]);
  });

  test("without an update are ignored", () => {
    const rig = new Rig();
    rig.update.chunk(rig.client, 0, image.subarray(0, 8192));
    expect(rig.flash.operations).toBe(0);
    expect(rig.client.reports).toEqual([]);
  });
});

describe("an update ends, and the running image stays,", () => {
  test("when the button is pressed during it", async () => {
    const rig = new Rig();
    await rig.begin(image);
    await rig.serve(image);
    rig.update.button();
    expect(rig.client.reports).toEqual([Verdict.Aborted]);
    expect(rig.stage).toBe("none");
    expect(rig.flash.held).toBe(0);
    expect(rig.booted).toBeUndefined();
  });

  test("when the button is pressed while a chunk is written: no further request", async () => {
    const rig = new Rig();
    await rig.begin(image);
    rig.update.chunk(rig.client, 0, image.subarray(0, 8192));
    rig.update.button();
    const { operations } = rig.flash;
    await rig.timers.advance(CHUNK_TIMEOUT);
    expect(rig.flash.operations).toBe(operations);
    expect(rig.client.reports).toEqual([Verdict.Aborted]);
    expect(rig.client.requests).toEqual([[0, 8192]]);
    expect(rig.timers.pending).toBe(0);
  });

  test("when the button is pressed while the whole image is checked, whatever the result", async () => {
    for (const signature of [undefined, "the image is not signed"]) {
      const rig = new Rig();
      rig.signature = signature;
      rig.onCheck = () => rig.update.button();
      await rig.begin(image);
      await rig.serveAll(image);
      expect(rig.client.reports).toEqual([Verdict.Aborted]);
      expect(rig.booted).toBeUndefined();
      expect(rig.notices.expected).toBeUndefined();
      expect(rig.faults.size).toBe(0);
    }
  });

  test("when the button is pressed before the choice of the image has its turn to be written", async () => {
    const rig = new Rig();
    await rig.begin(image);
    rig.video.onTurn = () => rig.update.button();
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Aborted]);
    expect(rig.booted).toBeUndefined();
    expect(rig.notices.expected).toBeUndefined();
  });

  test("when its client leaves before the choice of the image has its turn", async () => {
    const rig = new Rig();
    await rig.begin(image);
    rig.video.onTurn = () => rig.update.gone(rig.client);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([]);
    expect(rig.booted).toBeUndefined();
  });

  test("but not by its client or the button while the image is selected for the next start", async () => {
    const rig = new Rig();
    rig.onSelect = () => {
      rig.update.gone(rig.client);
      rig.update.button();
    };
    await rig.begin(image);
    await rig.serveAll(image);
    await rig.timers.advance(RESTART_DELAY);
    expect(rig.client.reports).toEqual([Verdict.Success]);
    expect(rig.restarts).toBe(1);
  });

  test("when the bootloader refuses the image: no version is expected any more", async () => {
    const rig = new Rig();
    rig.bootError = new Error("otadata cannot be written");
    await rig.begin(image);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.notices.expected).toBeUndefined();
    // Without what the camera does: the log line of the fault adds it.
    expect([...rig.faults]).toEqual([[Fault.Update, "Error: otadata cannot be written"]]);
    await rig.timers.advance(RESTART_DELAY);
    expect(rig.restarts).toBe(0);
  });

  test.each(["requested", "running"])("when its client is gone while %s: no report, LED back (D3)", async (stage) => {
    const rig = new Rig();
    await rig.update.request(rig.client, image.length, "4.1");
    if (stage === "running") rig.update.button();
    rig.update.gone(new Client());
    expect(rig.stage).toBe(stage);
    rig.update.gone(rig.client);
    expect(rig.stage).toBe("none");
    expect(rig.client.reports).toEqual([]);
    expect(rig.timers.pending).toBe(0);
  });

  test.each<[string, Uint8Array]>([
    ["no image", new Uint8Array(30_000)],
    ["for another chip", firmware(30_000, { chip: 9 })],
    ["of another kind", firmware(30_000).fill(1, 0, 1)],
    ["without descriptor", firmware(30_000).fill(0, 32, 36)],
    ["of another project", firmware(30_000, { project: "blink" })],
    ["of another version", firmware(30_000, { version: "4.2" })],
  ])("when the file is %s: nothing is written", async (_, wrong) => {
    const rig = new Rig();
    await rig.begin(wrong);
    await rig.serve(wrong);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.flash.operations).toBe(0);
    expect([...rig.faults.keys()]).toEqual([Fault.Update]);
  });

  test("when one bit of the image is wrong", async () => {
    const damaged = Uint8Array.from(image);
    damaged[20_000] = (damaged[20_000] ?? 0) ^ 1;
    const rig = new Rig();
    await rig.begin(damaged);
    await rig.serveAll(damaged);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.booted).toBeUndefined();
  });

  test("when the image has another length than announced", async () => {
    const rig = new Rig();
    rig.ownLength = image.length - 16;
    await rig.begin(image);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.booted).toBeUndefined();
  });

  test("when its signature is refused", async () => {
    const rig = new Rig();
    rig.signature = "not signed";
    await rig.begin(image);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.booted).toBeUndefined();
  });

  test("when the slot cannot be opened, or turns out to be too small", async () => {
    const rig = new Rig();
    rig.openError = new Error("no such partition");
    await rig.begin(image);
    expect(rig.client.reports).toEqual([Verdict.OpenFailed]);
    const small = new Rig({ size: 8192 });
    small.openError = new Error("busy");
    await small.update.request(small.client, image.length, "4.1");
    small.openError = undefined;
    small.update.button();
    expect(small.client.reports).toEqual([Verdict.OpenFailed]);
    expect(small.lines.join("\n")).toContain(`${image.length} bytes do not fit the slot's 8192`);
    expect(small.flash.operations).toBe(0);
  });

  test("when any flash operation fails; then a new attempt succeeds", async () => {
    const counting = new Rig();
    await counting.begin(image);
    await counting.serveAll(image);
    expect(counting.flash.operations).toBeGreaterThan(10);
    for (let operation = 1; operation <= counting.flash.operations; operation++) {
      const rig = new Rig();
      rig.flash.failAt = operation;
      await rig.begin(image);
      await rig.serveAll(image);
      expect(rig.client.reports).toEqual([Verdict.WriteFailed]);
      expect(rig.booted).toBeUndefined();
      await rig.begin(image);
      await rig.serveAll(image);
      expect(rig.client.reports).toEqual([Verdict.WriteFailed, Verdict.Success]);
    }
  });
});

test("fault 8 is shown for a minute, or until the next request", async () => {
  const rig = new Rig();
  const wrong = new Uint8Array(30_000);
  await rig.begin(wrong);
  await rig.serve(wrong);
  await rig.timers.advance(FAULT_SHOWN - WRITE_TIME - 1);
  expect(rig.faults.size).toBe(1);
  await rig.timers.advance(2);
  expect(rig.faults.size).toBe(0);
  await rig.begin(wrong);
  await rig.serve(wrong);
  await rig.update.request(rig.client, 5000, "4.1");
  expect(rig.faults.size).toBe(0);
});

test("the notice of an earlier update is cleared in a turn of its own; without one none is taken", async () => {
  const rig = new Rig();
  const turns: (string | undefined)[] = [];
  rig.video.onTurn = () => turns.push(rig.notices.notice);
  await rig.begin(image);
  expect(turns).toEqual([]);
  rig.update.button();
  rig.notices.post("version 4.1 was rolled back");
  await rig.begin(image);
  expect(turns).toEqual(["version 4.1 was rolled back"]);
  expect(rig.notices.notice).toBeUndefined();
});
