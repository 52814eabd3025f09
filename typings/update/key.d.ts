// SPDX-License-Identifier: Apache-2.0
/** The public key that images must be signed with, as a build option: see docs/updates.md. */
declare module "update/key" {
  /** 64 hexadecimal digits (Ed25519), or undefined: any image of this project is taken. */
  const key: string | undefined;
  export default key;
}
