// SPDX-License-Identifier: Apache-2.0
/** Single pins: LED, button, mode jumper, the sensor's reset. One connection opens one pin. */
import type { Pin } from "../gpio";
import { OpenError, type Opener } from "../link";
import { LinkError } from "../messages";
import { Exclusive, needBytes, numberOf, stringOf, unknownMessage } from "./requests";

const INPUT_MODES = ["input", "pull-up", "pull-down"];

export function digitalOpener(pins: ReadonlyMap<number, Pin>): Opener {
  const uses = new Map([...pins.keys()].map((number) => [number, new Exclusive(`pin ${number}`)]));
  return (request, connection) => {
    const number = numberOf(request, "pin");
    const pin = pins.get(number);
    const use = uses.get(number);
    if (!pin || !use) throw new OpenError(`no such pin: ${number}`);
    const mode = stringOf(request, "mode");
    if (mode === "probe") return { answer: { level: pin.level }, onMessage: unknownMessage, onClose: () => undefined };
    const output = mode === "output";
    if (!output && !INPUT_MODES.includes(mode)) throw new OpenError(`no such mode: ${mode}`);
    use.take();
    if (output) pin.drive(request.level === 1 ? 1 : 0);
    const unsubscribe = output
      ? undefined
      : pin.changed.subscribe((level) => connection.send("L", Uint8Array.of(level)));
    return {
      answer: { level: pin.level },
      onMessage(type, payload) {
        if (type !== "L") unknownMessage(type);
        needBytes(payload, 1, type);
        if (!output) throw new LinkError(`pin ${number} is an input`);
        pin.drive(payload[0] ? 1 : 0);
      },
      onClose() {
        unsubscribe?.();
        use.free();
        if (output) pin.drive(undefined);
      },
    };
  };
}
