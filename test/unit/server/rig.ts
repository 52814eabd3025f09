// SPDX-License-Identifier: Apache-2.0
import { Executor } from "modules/server/executor";
import { DelimitedChannel, SessionMemory } from "modules/server/channel";
import { Session } from "modules/server/session";
import type { SocketTransport } from "modules/server/transport";
import { LinkLoad } from "modules/server/link-load";
import { Connection, messagesOf, transportOf } from "./fake-tcp";
import { PlainFramer } from "../protocol/plain-framer";
import { FakeEncoder, nodeText } from "../protocol/fakes";
import { ServicesRig } from "./services-rig";

/** A client of the rig: what it sends and what it has been answered. */
export class RigClient {
  constructor(
    readonly connection: Connection,
    readonly session: Session,
    readonly transport: SocketTransport,
    readonly memory: SessionMemory,
    /** What the session has reported of its end. */
    readonly reported: readonly ("left" | "closed")[],
  ) {}

  /** Sends a command as a message: an object as JSON, a string as it is. */
  send(...commands: (object | string)[]): void {
    for (const command of commands)
      this.connection.write(`\x02${typeof command === "string" ? command : JSON.stringify(command)}\x03`);
  }

  /** Answers received so far, as JSON texts, images as `image N`. */
  get answers(): string[] {
    return messagesOf(this.connection.received).map((message) => {
      const image = /^\{"metadata":\{.*\},"radiometric":"(\d+)","telemetry":"A*"\}$/.exec(message);
      return image ? `image ${image[1]}` : message;
    });
  }

  /** Answers since the last call. */
  taken = 0;
  take(): string[] {
    const { answers } = this;
    const fresh = answers.slice(this.taken);
    this.taken = answers.length;
    return fresh;
  }
}

/** Sessions over fake connections and fake services, in virtual time. */
export class Rig extends ServicesRig {
  readonly executor = new Executor();

  connect({
    sendBuffer = 28_720,
    imageBytes = 52_000,
    permanent = false,
    memory = new SessionMemory(new PlainFramer(), new FakeEncoder(imageBytes)),
  } = {}): RigClient {
    const connection = new Connection(this.timers, sendBuffer);
    const transport = transportOf(connection);
    const reported: ("left" | "closed")[] = [];
    const session = new Session({
      channel: new DelimitedChannel(transport, memory, nodeText),
      services: this.services,
      commands: this.commands,
      executor: this.executor,
      load: new LinkLoad(),
      timers: this.timers,
      log: this.logged.log,
      permanent,
      onLeft: () => reported.push("left"),
      onClosed: () => reported.push("closed"),
    });
    return new RigClient(connection, session, transport, memory, reported);
  }

  /** Sends one command on a new connection and returns what it is answered. */
  async ask(command: object | string): Promise<string[]> {
    const client = this.connect();
    client.send(command);
    await this.settle();
    const answers = client.take();
    client.connection.end();
    await this.settle();
    return answers;
  }
}
