// SPDX-License-Identifier: Apache-2.0
/** TCP ports and addresses of this computer. */
import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { networkInterfaces } from "node:os";

/** State of a listening socket in /proc/net/tcp. */
const LISTENING = "0A";
/** A socket bound to this address listens on all interfaces. */
const ANY = "0.0.0.0";

/**
 * Ports chosen here: below those that Linux gives to programs that ask for any (from 32,768 on). So none of these programs gets
 * the port before the firmware has opened it.
 */
const FIRST_PORT = 20_000;
const END_PORT = 32_768;
const ATTEMPTS = 20;

/**
 * Checks that a port is free.
 * @param port 0: choose a free one
 * @returns the port. Rejects with the system's error (EADDRINUSE, EACCES, EADDRNOTAVAIL)
 */
export async function findPort(host: string, port: number): Promise<number> {
  for (let attempt = 0; port === 0 && attempt < ATTEMPTS; attempt++) {
    try {
      return await probe(host, randomInt(FIRST_PORT, END_PORT));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    }
  }
  return probe(host, port);
}

function probe(host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(port, host, () => {
      const found = (server.address() as AddressInfo).port;
      server.close(() => resolve(found));
    });
  });
}

/** Whether a program listens there. Reads /proc if there is one: a connection would take the place of a client. */
export async function isListening(host: string, port: number): Promise<boolean> {
  const known = listeningPorts();
  if (known) return known.has(port);
  return new Promise((resolve) => {
    const socket = connect(port, host === ANY ? "127.0.0.1" : host);
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/**
 * The IPv4 addresses under which a program that listens on `host` is reached: `host` itself, or for 0.0.0.0 the first address
 * of each interface that is up, loopback last.
 */
export function interfaceAddresses(host: string): string[] {
  if (host !== ANY) return [host];
  const first = Object.values(networkInterfaces()).flatMap(
    (addresses) => addresses?.find(({ family }) => family === "IPv4") ?? [],
  );
  return first.sort((a, b) => Number(a.internal) - Number(b.internal)).map(({ address }) => address);
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
