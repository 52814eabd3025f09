// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/udp";
import SDKUDP from "platforms/esp32/sdk-udp";

/**
 * The SDK's UDP class, but for joining a group. By itself it changes lwIP's list of groups from XS's task, and leaves out an interface
 * that gets its address only afterwards, which a static one does: nobody's questions would be heard. See native/multicast.c.
 */
class UDP extends SDKUDP implements Declared {
  override add(group: string): void {
    native("xs_lwip_join_group").call(this, group);
  }
}

export default UDP;
