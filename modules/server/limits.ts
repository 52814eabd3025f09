// SPDX-License-Identifier: Apache-2.0

/** Limits of the server. This file imports nothing, so that tools can read it. */

/** Maximum number of clients. */
export const CLIENTS = 4;
/** Commands that a session can queue. */
export const QUEUE_COMMANDS = 16;
