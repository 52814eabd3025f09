// SPDX-License-Identifier: Apache-2.0
import { run } from "../platform/run";
import { boardWith, FakeSensor, OPEN } from "./vospi-board";

test("a method called on another object throws", async () => {
  const board = await boardWith(new FakeSensor(0));
  const script = run(
    `${OPEN}
    import { ImageEncoder } from "modules/image/image";
    const vospi = open({});
    const encoder = new ImageEncoder();
    const getter = (object, name) => Object.getOwnPropertyDescriptor(object, name).get;
    const wrong = [{}, undefined, new ArrayBuffer(8), new Frame(), vospi, encoder];
    const methods = [
      [VoSPI.prototype.read, vospi], [VoSPI.prototype.start, vospi], [VoSPI.prototype.stop, vospi], [VoSPI.prototype.close, vospi],
      [getter(VoSPI.prototype, "statistics"), vospi],
      [Frame.prototype.telemetry], [Frame.prototype.copyPixels], [Frame.prototype.close], [getter(Frame.prototype, "captured")], [getter(Frame.prototype, "sequence")],
      [ImageEncoder.prototype.read, encoder], [ImageEncoder.prototype.checksum, encoder],
    ];
    let thrown = 0, expected = 0;
    for (const [method, right] of methods) for (const object of wrong) {
      if (right && object === right) continue;
      expected++;
      if (fails(() => method.call(object, 0)) !== "no error") thrown++;
    }
    say(thrown === expected, expected);
    for (const frame of [{}, undefined, vospi, new Frame()]) say(fails(() => encoder.start(frame, "{}")) !== "no error");
    vospi.close();
    `,
    { env: board.env },
  );
  expect(await script.line()).toBe("true 65");
  for (let i = 0; i < 4; i++) expect(await script.line()).toBe("true");
  expect(await script.ended).toBe(0);
});
