// SPDX-License-Identifier: Apache-2.0
import { Commands } from "modules/protocol/commands";
import { recordingLog } from "../fakes/log";
import { VirtualTimers } from "../fakes/virtual-timers";
import { FakeServices, nodeBase64 } from "../protocol/fakes";

/** What the rigs of clients share: commands on fake services, in virtual time. */
export class ServicesRig {
  readonly timers = new VirtualTimers();
  readonly services = new FakeServices();
  readonly logged = recordingLog();
  /** Commands that were done for a client that takes answers. */
  readonly answered: string[] = [];
  readonly commands = new Commands(this.services, nodeBase64, this.logged.log);

  constructor() {
    this.commands.on("answered", (name) => this.answered.push(name));
  }

  /** Lets everything that is ready happen. */
  settle(): Promise<void> {
    return this.timers.advance(0);
  }

  /** Frames at the sensor's rate, for `count` of them. */
  async frames(count: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      await this.timers.advance(114);
      this.services.frames.emit(this.timers.now());
      await this.settle();
    }
  }
}
