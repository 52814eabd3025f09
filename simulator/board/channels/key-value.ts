// SPDX-License-Identifier: Apache-2.0
/** Key-value operations of the firmware. Several connections may be open at once. */
import type { Opener } from "../link";
import { LinkError } from "../messages";
import type { FlashChip } from "../storage/flash-chip";
import { KeyValueError, type KeyValueStore } from "../storage/key-value-store";
import { PowerLost } from "../storage/power-cut";
import { needBytes, unknownMessage } from "./requests";

/** Splits one length-prefixed name from the payload. @returns the name and the rest. @throws LinkError */
function takeName(payload: Buffer, what: string): [string, Buffer] {
  needBytes(payload, 1, what);
  const end = 1 + (payload[0] as number);
  needBytes(payload, end, what);
  return [payload.toString("utf8", 1, end), payload.subarray(end)];
}

export function keyValueOpener(store: KeyValueStore, chip: FlashChip): Opener {
  return (_request, connection) => ({
    onMessage(type, payload) {
      const [space, afterSpace] = takeName(payload, "namespace");
      const [key, value] = takeName(afterSpace, "key");
      try {
        if (type === "G") {
          const found = store.get(space, key);
          connection.send(found ? "V" : "U", found && Buffer.concat([Buffer.of(found.type), found.value]));
        } else if (type === "W") {
          needBytes(value, 1, "value");
          store.set(space, key, { type: value[0] as number, value: value.subarray(1) });
          chip.whenIdle(() => connection.send("A"));
        } else if (type === "D") {
          store.delete(space, key);
          chip.whenIdle(() => connection.send("A"));
        } else if (type === "I") {
          const names = store.keys(space).map((name) => Buffer.from(name));
          connection.send("K", Buffer.concat(names.flatMap((name) => [Buffer.of(name.length), name])));
        } else unknownMessage(type);
      } catch (error) {
        if (error instanceof LinkError) throw error;
        if (error instanceof KeyValueError) connection.send("F", Buffer.from(error.message));
        else if (!(error instanceof PowerLost)) connection.send("F", Buffer.from((error as Error).message));
      }
    },
    onClose: () => undefined,
  });
}
