// SPDX-License-Identifier: Apache-2.0
import { COMMAND_BYTES, type Framer, type FramingEvent, NESTING_LIMIT, VALUES_LIMIT } from "./framing";

/** A framer in native code: one pass over the bytes as they come. */
export class CommandFramer extends Native("xs_command_framer_destructor") implements Framer {
  constructor() {
    super();
    native("xs_command_framer").call(this, new Uint8Array(COMMAND_BYTES), NESTING_LIMIT, VALUES_LIMIT);
  }

  get event(): FramingEvent {
    return native("xs_command_framer_get_event").call(this);
  }

  get text(): string | undefined {
    return native("xs_command_framer_get_text").call(this);
  }

  feed(bytes: Uint8Array, from: number, to: number): number {
    return native("xs_command_framer_feed").call(this, bytes, from, to);
  }

  reset(): void {
    return native("xs_command_framer_reset").call(this);
  }
}
