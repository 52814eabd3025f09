// SPDX-License-Identifier: Apache-2.0
/** Any text in place of an image message or a recorded image: the client's reader, and that of the emulated Lepton's scenes. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { parseRecording, RecordingError } from "../../../simulator/lepton/scene/replay";
import { ImageError, ThermalImage } from "../../../tools/tcam/image";

const text = readFileSync(join(__dirname, "../../fixtures/lepton35-agc-off.tjsn"), "utf8");
const image = JSON.parse(text) as Record<string, unknown>;

/** The image with values replaced, or its text with characters replaced and cut. */
const changed = fc.oneof(
  fc
    .dictionary(fc.constantFrom("metadata", "radiometric", "telemetry"), fc.oneof(fc.jsonValue(), fc.base64String()))
    .map((values) => JSON.stringify({ ...image, ...values })),
  fc.tuple(fc.nat(text.length), fc.string(), fc.nat(text.length)).map(([at, more, length]) => {
    return (text.slice(0, at) + more + text.slice(at + more.length)).slice(0, length);
  }),
  fc
    .tuple(fc.nat(text.length), fc.string({ maxLength: 3 }))
    .map(([at, more]) => text.slice(0, at) + more + text.slice(at)),
  fc.json(),
  fc.string(),
);

test("any text is read as a whole image, or refused with a reason", () => {
  fc.assert(
    fc.property(changed, (content) => {
      try {
        const { pixels, telemetry } = new ThermalImage(content);
        expect([pixels.length, telemetry.length]).toEqual([19_200, 240]);
      } catch (error) {
        expect(error).toBeInstanceOf(ImageError);
      }
      try {
        const { pixels, telemetry } = parseRecording(content);
        expect([pixels.length, telemetry.length]).toEqual([19_200, 240]);
      } catch (error) {
        expect(error).toBeInstanceOf(RecordingError);
      }
    }),
  );
});

test("the unchanged text is both", () => {
  expect(new ThermalImage(text).pixels).toEqual(parseRecording(text).pixels);
});
