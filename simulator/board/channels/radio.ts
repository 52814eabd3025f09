// SPDX-License-Identifier: Apache-2.0
/** The firmware's connection to the radio: one JSON object a line (docs/radio.md). */
import type { Clock } from "../../lepton";
import type { Opener } from "../link";
import { LineReader } from "../messages";
import type { Radio } from "../radio";
import { parseRadioRequest, RadioError } from "../radio-requests";
import { Exclusive } from "./requests";

const LINE_LIMIT = 4096;

/** Start of the chip's WiFi, with the calibration of its PHY. Board time, µs. */
const WIFI_START = 100_000;

/** @param mac the base (station) address */
export function radioOpener(radio: Radio, mac: string, clock: Clock): Opener {
  const use = new Exclusive("the radio");
  return (_request, connection) => {
    use.take();
    const lines = new LineReader(LINE_LIMIT);
    const send = (event: unknown): void => connection.write(Buffer.from(`${JSON.stringify(event)}\n`));
    radio.attach(send);
    const handle = (line: string): void => {
      let fields: unknown;
      try {
        fields = JSON.parse(line);
      } catch {
        fields = undefined;
      }
      const known = typeof fields === "object" && fields !== null ? (fields as Record<string, unknown>) : {};
      try {
        radio.handle(parseRadioRequest(known));
      } catch (error) {
        if (!(error instanceof RadioError)) throw error;
        send({ event: "error", do: typeof known.do === "string" ? known.do : "", error: error.message });
      }
    };
    return {
      answer: { mac, apMac: radio.apMac },
      // A firmware with a clock of its own takes its time by itself.
      ...(connection.lockStep && { ready: (opened) => void clock.alarm(clock.now() + WIFI_START, opened) }),
      onData(bytes) {
        for (const line of lines.push(bytes)) if (connection.open) handle(line);
      },
      onClose() {
        radio.attach(undefined);
        use.free();
      },
    };
  };
}
