// SPDX-License-Identifier: Apache-2.0

/*
 * Fuzzes framer, table, handlers and sessions on XS: messages made from the command table go through a session
 * with fake services, in reads of any size. After each batch the camera must answer get_status, all its output must be
 * complete JSON messages, and at the end the heap must have its size at rest.
 *
 *   npm run fuzz -- --seconds N protocol-fuzz
 *   xs-runner --config messages=N --config seed=N --root build/fuzz --map build/modules.map test/fuzz/protocol-fuzz
 */
import { runCampaign, seed } from "./campaign";
import { fakeServices } from "./fake-services";
import { MessageGenerator } from "./messages";
import { Random } from "./random";
import { Rig } from "./session-rig";

const BATCH = 50;

const random = new Random(seed());
const generator = new MessageGenerator(random);
const rig = new Rig(fakeServices(random), random);

await runCampaign({
  warmUp: 200,
  async runBatch() {
    for (let i = 0; i < BATCH; i++) rig.feed(generator.next());
    await rig.settle();
    return BATCH;
  },
  rest: () => rig.close(),
  summary: () => `answers ${rig.answers}, sessions ${rig.sessions}`,
});
