// SPDX-License-Identifier: Apache-2.0
/** TCP ports of this computer: which are free, and which are listened on. */
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";

/** /proc/net/tcp's state of a listening socket. */
const LISTENING = "0A";

/**
 * Checks that a port can be listened on.
 * @param port 0 = choose a free one
 * @returns the port. Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL)
 */
export function findPort(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, host, () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => resolve(found));
    });
  });
}

/** Whether somebody listens there; without connecting where the system can tell, so that no client is counted. */
export async function isListening(host: string, port: number): Promise<boolean> {
  const known = listeningPorts();
  if (known) return known.has(port);
  return new Promise((resolve) => {
    const socket = connect(port, host === "0.0.0.0" ? "127.0.0.1" : host);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function listeningPorts(): ReadonlySet<number> | undefined {
  let text: string;
  try {
    text = readFileSync("/proc/net/tcp", "utf8");
  } catch {
    return undefined;
  }
  const ports = new Set<number>();
  for (const line of text.split("\n").slice(1)) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === LISTENING) ports.add(parseInt(fields[1]?.split(":")[1] ?? "", 16));
  }
  return ports;
}
