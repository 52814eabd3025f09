// SPDX-License-Identifier: Apache-2.0
declare module "embedded:io/_common" {
  export type PinSpecifier = number;
  export type PortSpecifier = number;
}
