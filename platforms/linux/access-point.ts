// SPDX-License-Identifier: Apache-2.0
import type Declared from "platform/access-point";
import type { AccessPointOptions, AccessPointProperty, AccessPointStartOptions } from "platform/access-point";
import { byteCount, isAddress, radio } from "platforms/linux/radio";
import type { RadioEvent } from "platforms/linux/radio";

const check = (options: AccessPointStartOptions): void => {
  const { ssid, password = "", channel = 1, max = 4, address, mask } = options;
  const ssidLength = byteCount(ssid);
  const passwordLength = byteCount(password);
  if (ssidLength < 1 || ssidLength > 32) throw new RangeError("ssid must have 1 to 32 bytes");
  if (passwordLength && (passwordLength < 8 || passwordLength > 63))
    throw new RangeError("password must have 8 to 63 bytes, or none");
  if (!Number.isInteger(channel) || channel < 1 || channel > 13) throw new RangeError("invalid channel");
  if (!Number.isInteger(max) || max < 1 || max > 10) throw new RangeError("invalid max");
  if (!isAddress(address)) throw new RangeError("invalid address");
  if (!isAddress(mask)) throw new RangeError("invalid mask");
};

/** The board's radio as an access point. */
class AccessPoint implements Declared {
  private readonly onChanged: ((property: AccessPointProperty) => void) | undefined;
  private readonly listener = (event: RadioEvent): void => this.onEvent(event);
  private readonly macs = new Set<string>();
  private up = false;
  private closed = false;

  constructor(options: AccessPointOptions) {
    this.onChanged = options.onChanged;
    radio.use(this.listener);
  }
  start(options: AccessPointStartOptions): void {
    this.open();
    check(options);
    const { ssid, password = "", channel = 1, max = 4, address, mask } = options;
    radio.send({ do: "access-point", ssid, password, channel, max, address, mask });
  }
  stop(): void {
    this.open();
    radio.send({ do: "access-point", stop: true });
  }
  close(): void {
    if (this.closed) return;
    if (this.up) this.stop();
    this.closed = true;
    radio.release(this.listener);
  }
  get active(): boolean {
    return this.up && !this.closed;
  }
  get stations(): number {
    return this.closed ? 0 : this.macs.size;
  }
  get MAC(): string {
    this.open();
    return radio.apMac;
  }

  private open(): void {
    if (this.closed) throw new SyntaxError("closed");
  }
  private onEvent(event: RadioEvent): void {
    if ("access-point" === event.event) {
      if (!event.up && this.macs.size) {
        this.macs.clear();
        this.changed("stations");
      }
      this.up = event.up;
      this.changed("active");
    } else if ("station-joined" === event.event) {
      this.macs.add(event.mac);
      this.changed("stations");
    } else if ("station-left" === event.event && this.macs.delete(event.mac)) this.changed("stations");
  }
  private changed(property: AccessPointProperty): void {
    if (!this.closed) this.onChanged?.call(this, property);
  }
}

export default AccessPoint;
