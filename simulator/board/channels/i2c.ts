// SPDX-License-Identifier: Apache-2.0
/** The I2C bus, with the Lepton's CCI at its only address. */
import type { Lepton } from "../../lepton";
import type { Opener } from "../link";
import type { I2cPins } from "../pins";
import { checkPins, Exclusive, needBytes, numberOf, unknownMessage } from "./requests";

export function i2cOpener(pins: I2cPins, lepton: Lepton): Opener {
  const bus = new Exclusive("the I2C bus");
  const read = (count: number): Uint8Array | undefined => lepton.i2cRead(count);
  return (request, connection) => {
    checkPins("I2C bus", request, { data: pins.data, clock: pins.clock });
    numberOf(request, "hz");
    bus.take();
    const answer = (data: Uint8Array | undefined): void => connection.send(data ? "D" : "N", data);
    return {
      onMessage(type, payload) {
        needBytes(payload, 1, type);
        const present = payload[0] === lepton.i2cAddress;
        if (type === "W") {
          connection.send(present && lepton.i2cWrite(payload.subarray(1)) ? "A" : "N");
        } else if (type === "R") {
          needBytes(payload, 3, type);
          answer(present ? read(payload.readUInt16LE(1)) : undefined);
        } else if (type === "X") {
          needBytes(payload, 3, type);
          const written = present && lepton.i2cWrite(payload.subarray(3));
          answer(written ? read(payload.readUInt16LE(1)) : undefined);
        } else unknownMessage(type);
      },
      onClose: () => bus.free(),
    };
  };
}
