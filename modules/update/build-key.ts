// SPDX-License-Identifier: Apache-2.0
import key from "update/key";
import { createSignatureCheck, type ReadableFlash, type SignatureCheck } from "./signature";
import { imageFlash } from "./slots";

/** The signature check with the public key of this build; undefined without a key: images need no signature. */
export const openSignatureCheck = (flash: ReadableFlash, running: string): SignatureCheck | undefined => {
  const load = async () => (await import("modules/update/signature/ed25519")).verify;
  return createSignatureCheck(imageFlash(flash, running), key, load);
};
