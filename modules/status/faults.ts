// SPDX-License-Identifier: Apache-2.0
import { Emitter } from "modules/events/emitter";
import type { Log } from "modules/log/log";
import { Fault, faultName, type FaultSink } from "./fault";

/** The camera's reaction to a fault, for the log. */
const REMEDY: { readonly [fault in Fault]: string } = Object.freeze(
  {
    [Fault.Peripheral]: "all other parts continue; restart the camera to retry",
    [Fault.Storage]: "settings stay in memory; the button's WiFi reset stays available",
    [Fault.Memory]: "no images; commands are answered; restart the camera to retry",
    [Fault.CCI]: "commands are answered without the sensor; the sensor is retried without limit",
    [Fault.VoSPI]: "no images; commands are answered; the port is retried without limit",
    [Fault.Network]: "the failed part is retried without limit",
    [Fault.Sync]: "the sensor is resynchronised, then reset",
    [Fault.Update]: "the running firmware stays; request another update",
  },
  true,
);

export interface FaultEvents {
  /** Another set of faults is raised now. */
  changed: [faults: ReadonlySet<Fault>];
}

/** The faults that are raised now, with their owners: a fault ends when its last owner clears it. */
export class Faults extends Emitter<FaultEvents> {
  private readonly log: Log;
  /** The reasons for each fault, by owner. */
  private readonly causes = new Map<Fault, Map<string, string>>();

  constructor(log: Log) {
    super();
    this.log = log;
  }

  /**
   * Creates the fault sink of one part. Only this part can clear them, even if another part has raised the same one.
   */
  sink(owner: string): FaultSink {
    return {
      raise: (fault, reason) => this.raise(fault, owner, reason),
      clear: (fault) => this.clear(fault, owner),
    };
  }

  /** The faults that are raised now, each with the reason given last. */
  get raised(): readonly { readonly fault: Fault; readonly name: string; readonly reason: string }[] {
    return [...this.causes].map(([fault, causes]) => ({
      fault,
      name: faultName(fault),
      reason: [...causes.values()].at(-1) ?? "",
    }));
  }

  private raise(fault: Fault, owner: string, reason: string): void {
    let causes = this.causes.get(fault);
    if (!causes) this.causes.set(fault, (causes = new Map<string, string>()));
    if (causes.get(owner) === reason) return;
    causes.set(owner, reason);
    this.log.error(`fault ${fault} (${faultName(fault)}): ${reason}; ${REMEDY[fault]}`);
    this.changed();
  }

  private clear(fault: Fault, owner: string): void {
    const causes = this.causes.get(fault);
    if (!causes?.delete(owner) || causes.size > 0) return;
    this.causes.delete(fault);
    this.log.info(`fault ${fault} (${faultName(fault)}) cleared`);
    this.changed();
  }

  private changed(): void {
    this.emit("changed", new Set(this.causes.keys()));
  }
}
