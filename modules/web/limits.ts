// SPDX-License-Identifier: Apache-2.0

/** Limits and times of the web server. This file imports nothing, so that tools can read it. */

/** Connections in all: plain HTTP, WebSockets and streams. */
export const CONNECTIONS = 8;
/** Maximum number of connections for each kind of long-lived answer; a further one is answered with 503. */
export const PLACES = Object.freeze({ websocket: 4, stream: 2, events: 1 } as const);
/** Connections that are refused with 503 at the same time; further ones wait in the listener. */
export const REFUSALS = 4;

/** Bytes of a JSON body: COMMAND_BYTES of modules/protocol, which this file cannot import. */
export const JSON_BYTES = 12_287;
/** Requests of one connection, the last of which closes it. */
export const REQUESTS = 100;
/** Bytes read from a connection at a time while a head is expected. */
export const PIECE_BYTES = 512;

/** ms from the first byte of a head to its end; then 408. */
export const HEAD_MS = 10_000;
/** ms without a byte of a body that a handler waits for; then 408. */
export const BODY_MS = 15_000;
/** ms for a client to take a complete answer; then the connection is dropped. Streams have no such limit. */
export const ANSWER_MS = 60_000;
/** ms before the first byte of a request, and the same while fewer than FREE_PLACES connections are free. */
export const IDLE_MS = 30_000;
export const CROWDED_IDLE_MS = 2_000;
export const FREE_PLACES = 2;
/** ms in which a client that was refused reads the reason; what it sends is dropped meanwhile. */
export const LINGER_MS = 2_000;
/** ms between the answer to a restart and the restart, so that the answer arrives. */
export const RESTART_MS = 500;

/** Bytes of a connection that may be written and not yet acknowledged: plain answers, and WebSockets and streams. */
export const ANSWER_SEND_LIMIT = 5_744;
export const STREAM_SEND_LIMIT = 17_280;
