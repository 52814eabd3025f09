// SPDX-License-Identifier: Apache-2.0
/** What both kinds of VoSPI channel have in common. */
import { type Lepton, LAST_SEGMENT, SEGMENT_NUMBER_AT } from "../../lepton";
import type { Connection } from "../link";
import { LinkError, MAX_PAYLOAD } from "../messages";
import type { Pacer } from "../pacer";

/** The bus as a firmware has opened it. */
export interface SpiBus {
  readonly lepton: Lepton;
  readonly pacer: Pacer;
  readonly connection: Connection;
  readonly hz: number;
  /** The firmware has read the bytes of a whole transfer. */
  readonly onRead: (bytes: Buffer) => void;
  /** The firmware has closed it. */
  readonly onClosed: () => void;
}

/** The bytes of a transfer. @throws LinkError for more than a message has */
export function checkCount(count: number): number {
  if (count > MAX_PAYLOAD) throw new LinkError(`a transfer of ${count} bytes, more than ${MAX_PAYLOAD}`);
  return count;
}

/** Whether a transfer carried the last segment of a frame. */
export function endsFrame(bytes: Buffer): boolean {
  return bytes.length > SEGMENT_NUMBER_AT && (bytes[SEGMENT_NUMBER_AT] as number) >> 4 === LAST_SEGMENT;
}
