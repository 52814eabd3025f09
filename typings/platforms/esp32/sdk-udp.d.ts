// SPDX-License-Identifier: Apache-2.0
/** The SDK's own UDP class; platforms/esp32/udp.ts stands before it. */
declare module "platforms/esp32/sdk-udp" {
  import UDP from "embedded:io/socket/udp";

  export default UDP;
}
