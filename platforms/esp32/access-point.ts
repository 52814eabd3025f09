// SPDX-License-Identifier: Apache-2.0
import type Declared from "platform/access-point";
import type { AccessPointOptions, AccessPointStartOptions } from "platform/access-point";

/** The WiFi driver's soft access point; see native/access-point-esp32.c. */
class AccessPoint extends Native("xs_access_point_destructor") implements Declared {
  constructor(options: AccessPointOptions) {
    super();
    native("xs_access_point").call(this, options);
  }
  start(options: AccessPointStartOptions): void {
    native("xs_access_point_start").call(this, options);
  }
  stop(): void {
    native("xs_access_point_stop").call(this);
  }
  close(): void {
    native("xs_access_point_close").call(this);
  }
  get active(): boolean {
    return native("xs_access_point_active").call(this);
  }
  get stations(): number {
    return native("xs_access_point_stations").call(this);
  }
  get MAC(): string {
    return native("xs_access_point_mac").call(this);
  }
}

export default AccessPoint;
