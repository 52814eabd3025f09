// SPDX-License-Identifier: Apache-2.0
import type Declared from "embedded:io/socket/listener";
import type { ListenerOptions } from "embedded:io/socket/listener";
import TCP from "./tcp";

function isWaiting(this: Listener): boolean {
  return native("xs_listener_waiting").call(this);
}

function accept(this: Listener, tcp: TCP): TCP | undefined {
  return native("xs_listener_read").call(this, tcp);
}

/** TCP listener; natives: esp32/native/lwip-listener.c, linux/native/listener.c. */
class Listener extends Native("xs_listener_destructor") implements Declared {
  constructor(options: ListenerOptions) {
    super();
    native("xs_listener").call(this, options);
  }
  close(): void {
    native("xs_listener_close").call(this);
  }
  read(): TCP | undefined {
    return isWaiting.call(this) ? accept.call(this, new TCP()) : undefined;
  }
  get port(): number {
    return native("xs_listener_get_port").call(this);
  }
  get format(): "socket/tcp" {
    return "socket/tcp";
  }
  set format(value: "socket/tcp") {
    if ("socket/tcp" !== value) throw new RangeError("format: expected socket/tcp");
  }
}

export default Listener;
