// SPDX-License-Identifier: Apache-2.0
/** The firmware's UDP sockets on the virtual network. */
import { isIPv4 } from "node:net";
import { type DatagramSocket, isMulticast } from "../network/datagrams";
import type { VirtualNetwork } from "../network/network";
import { OpenError, type Opener } from "../link";
import { LinkError } from "../messages";
import { decodeEndpoint, encodeEndpoint, ENDPOINT_BYTES, portOf } from "./tcp";
import { needBytes, stringOf, unknownMessage } from "./requests";

/** Datagrams received and not read; further ones are lost. */
const QUEUE = 64;

export function udpOpener(network: VirtualNetwork): Opener {
  const { datagrams } = network;
  return (request, connection) => {
    const address = stringOf(request, "address");
    if (!isIPv4(address)) throw new OpenError(`not an IPv4 address: ${address}`);
    const shared = request["shared"] === true;
    const port = datagrams.port("camera", portOf(request), shared);
    if (port === undefined) throw new OpenError("the port is in use");
    let unread = 0;
    const socket: DatagramSocket = {
      side: "camera",
      endpoint: { address, port },
      shared,
      groups: new Set(),
      receive: (bytes, from) => {
        if (unread === QUEUE) return;
        unread += 1;
        connection.send("D", Buffer.concat([encodeEndpoint(from), bytes]));
      },
    };
    datagrams.open(socket);
    return {
      answer: { port },
      onMessage(type, payload) {
        if (type === "R") unread = Math.max(0, unread - 1);
        else if (type === "D") {
          needBytes(payload, ENDPOINT_BYTES, type);
          datagrams.send(socket, Buffer.from(payload.subarray(ENDPOINT_BYTES)), decodeEndpoint(payload));
        } else if (type === "J" || type === "L") {
          needBytes(payload, 4, type);
          const group = payload.subarray(0, 4).join(".");
          if (!isMulticast(group)) throw new LinkError(`not a group: ${group}`);
          if (type === "J") socket.groups.add(group);
          else socket.groups.delete(group);
        } else unknownMessage(type);
      },
      onClose: () => datagrams.close(socket),
    };
  };
}
