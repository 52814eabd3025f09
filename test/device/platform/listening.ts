// SPDX-License-Identifier: Apache-2.0

/**
 * A script that listens on a free port and prints `port N`. For each connection it runs `body`, with the result of
 * listener.read() as `connection`.
 */
export function listening(body: string): string {
  return `
    import Listener from "embedded:io/socket/listener";
    import TCP from "embedded:io/socket/tcp";
    import Timer from "timer";
    const listener = new Listener({
      port: 0,
      onReadable(count) {
        while (count--) {
          const connection = this.read();
          ${body}
        }
      },
    });
    say("port", listener.port);
  `;
}
