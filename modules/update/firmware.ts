// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { openSignatureCheck } from "./build-key";
import { Notices, type TextStorage } from "./notices";
import type { ReadableFlash, SignatureCheck } from "./signature";

/** What trial and update share. */
export interface Firmware<System, Flash> {
  readonly system: System;
  readonly flash: Flash;
  /** Text that survives a restart. */
  readonly notices: Notices;
  /** Present if a public key is built in. */
  readonly checkSignature: SignatureCheck | undefined;
}

/** Opens what is known of the firmware images. */
export const openFirmware = <System extends { info: { partition: string } }, Flash extends ReadableFlash>(
  context: Context,
  board: { readonly keyValue: TextStorage; readonly flash: Flash },
  system: System,
): Firmware<System, Flash> => {
  const { flash } = board;
  const notices = Notices.open(board.keyValue, context.log.part("update"));
  const checkSignature = openSignatureCheck(flash, system.info.partition);
  if (checkSignature) context.log.info("updates must be signed");
  return { system, flash, notices, checkSignature };
};
