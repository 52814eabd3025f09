// SPDX-License-Identifier: Apache-2.0
import { COMMAND_BYTES, type Framer, type FramingEvent, NESTING_LIMIT, VALUES_LIMIT } from "./framing";

/** Limits of a command: bytes of its text, nesting, and number of values. */
interface CommandLimits {
  readonly bytes: number;
  readonly nesting: number;
  readonly values: number;
}

/** A framer in native code: one pass over the bytes as they come. */
class CommandFramer extends Native("xs_command_framer_destructor") implements Framer {
  constructor(limits: CommandLimits) {
    super();
    native("xs_command_framer").call(this, limits);
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

/** A framer with the limits of the protocol. */
export const createFramer = (): Framer =>
  new CommandFramer({ bytes: COMMAND_BYTES, nesting: NESTING_LIMIT, values: VALUES_LIMIT });
