// SPDX-License-Identifier: Apache-2.0
/** The public key for signed images, a build option: see docs/updates.md. */
declare module "update/key" {
  /** 64 hexadecimal digits (Ed25519), or undefined: any image of this project is accepted. */
  const key: string | undefined;
  export default key;
}
