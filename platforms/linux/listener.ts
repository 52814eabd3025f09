// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/listener";
import type { ListenerOptions } from "embedded:io/socket/listener";
import TCP from "./tcp";

/** TCP listener; see native/listener.c for which address of this computer stands for the device's ports. */
class Listener extends Native("xs_listener_destructor") implements Declared {
  constructor(options: ListenerOptions) {
    super();
    native("xs_listener_constructor").call(this, options);
  }
  close(): void {
    native("xs_listener_close").call(this);
  }
  read(): TCP | undefined {
    return native("xs_listener_waiting").call(this) ? native("xs_listener_read").call(this, new TCP()) : undefined;
  }
  get port(): number {
    return native("xs_listener_get_port").call(this);
  }
  get format(): "socket/tcp" {
    return "socket/tcp";
  }
  set format(value: "socket/tcp") {
    if ("socket/tcp" !== value) throw new RangeError("unimplemented format");
  }
}

export default Listener;
