// SPDX-License-Identifier: Apache-2.0

/*
 * Fuzzes the web server on XS: requests made from the route table, valid, mutated, and with others hidden in them, go to
 * all handlers over fake services, in reads of any size and on several connections at a time. Every byte of the answers is
 * checked, a valid request has its answer, and a hidden one has none. After each batch all connections must end, and the
 * camera must answer; at the end the heap must have its size at rest.
 *
 *   npm run fuzz -- --seconds N http-fuzz
 *   xs-runner --config messages=N --config seed=N --root build/fuzz --map build/modules.map test/fuzz/http-fuzz
 */
import { CONNECTIONS, PLACES } from "modules/web/limits";
import { runCampaign, seed } from "./campaign";
import { fakeServices } from "./fake-services";
import type { HttpClient } from "./http-client";
import { RequestGenerator } from "./http-requests";
import { HttpRig } from "./http-rig";
import { MessageGenerator } from "./messages";
import { Random } from "./random";
import { clientFrames } from "./websocket-side";

/** Bytes that a place keeps for its longest command, with the engine's overhead. */
const LONGEST_TEXT = 14_000;
/** Clients of a batch at most. Often more than the camera takes at a time. */
const CLIENTS = 12;
/** Maximum turns of the event loop for a batch. */
const TURNS = 20_000;
/** Turns without progress after which a client leaves, and in which the camera must see that. */
const QUIET = 40;
/** ms after which every limit of the server has passed, in steps. */
const STEP = 5_000;
const STEPS = 30;

const random = new Random(seed());
const generator = new RequestGenerator(random);
const messages = new MessageGenerator(random);
const rig = new HttpRig(fakeServices(random), random);
let answers = 0;
let connections = 0;

/** Sends requests. @returns their number */
function send(client: HttpClient): number {
  const kind = random.below(4);
  let count = 0;
  for (let left = 1 + random.below(6); left > 0; left--) {
    const request = generator.valid();
    // Behind the last request nothing is read: hostile bytes come before.
    if (kind > 1 && request.expected?.last) continue;
    client.send(request);
    count += 1;
    if (request.expected?.last) return count;
  }
  if (kind === 2) client.send(generator.smuggling());
  else if (kind === 3) for (let left = 1 + random.below(3); left > 0; left--, count++) client.send(generator.hostile());
  return count + (kind === 2 ? 1 : 0);
}

/** One client's turn. @returns whether it has nothing more to do */
function step(client: HttpClient): boolean {
  client.turn(random.once(3));
  const { reader } = client;
  if (reader.mode === "websocket" && !reader.closing && random.once(8))
    client.sendBytes(clientFrames(random, messages.next().slice(1, -1)));
  return client.delivered && client.answered;
}

/** Runs until all connections have ended. @param jumps time may pass at any moment */
async function settle(clients: readonly HttpClient[], jumps: boolean): Promise<void> {
  const quiet = new Map<HttpClient, number>();
  let steps = 0;
  for (let turns = 0; clients.some(({ closed }) => !closed); turns++) {
    if (turns > TURNS) throw new Error(`connections do not end: ${clients.map(stateOf).join(", ")}`);
    rig.turn();
    if (jumps && random.once(2_000)) pass(clients, random.below(40_000));
    let waiting = false;
    for (const client of clients) {
      const turnsDone = step(client) ? (quiet.get(client) ?? 0) + 1 : 0;
      quiet.set(client, turnsDone);
      if (turnsDone === QUIET && !client.closed) leave(client);
      waiting ||= turnsDone < 3 * QUIET && !client.closed;
    }
    await undefined;
    if (waiting) continue;
    // A client that stays is dropped by a limit.
    if (steps++ > STEPS) throw new Error(`connections are not dropped: ${clients.map(stateOf).join(", ")}`);
    pass(clients, STEP);
  }
  for (const client of clients) {
    client.turn(false);
    client.check();
    answers += client.reader.answers;
  }
}

/** Time passes, and may end a connection in any state. */
function pass(clients: readonly HttpClient[], ms: number): void {
  for (const client of clients) client.mayBeCut();
  rig.timers.advance(ms);
}

/** The client ends the connection, or says nothing more, where the camera has a limit for that. */
function leave(client: HttpClient): void {
  const { mode } = client.reader;
  if (mode !== "parts" && mode !== "events" && random.once(6)) return;
  if (random.once(3)) client.reset();
  else client.shut();
}

const stateOf = ({ closed, unread, reader }: HttpClient): string =>
  `${closed ? "closed" : "open"} with ${unread} bytes unread, ${reader.answers} answers, ${reader.mode}`;

/** The camera answers, and has a place. */
async function checkAlive(): Promise<void> {
  const client = rig.connect();
  client.send(generator.plain());
  await settle([client], false);
}

await runCampaign({
  warmUp: 60,
  // Each place gets the memory of its longest message so far.
  kept: (CONNECTIONS + PLACES.websocket) * LONGEST_TEXT,
  async runBatch() {
    const clients: HttpClient[] = [];
    let count = 0;
    const wanted = 1 + random.below(CLIENTS);
    for (let i = 0; i < wanted; i++) {
      const client = rig.connect();
      // One more takes the place of a connection that is idle, as one is before its first request.
      if (wanted > CONNECTIONS) client.mayBeCut();
      clients.push(client);
      count += send(client);
      connections += 1;
    }
    await settle(clients, true);
    await checkAlive();
    return count;
  },
  rest: () => rig.rest(),
  summary: () => `answers ${answers}, connections ${connections}`,
});
