// SPDX-License-Identifier: Apache-2.0
/** What the tests of time share. */
import { once } from "node:events";
import { Connection } from "../../../tools/tcam/connection";
import { ThermalImage } from "../../../tools/tcam/image";
import { pause } from "../real-time";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";

/** Real milliseconds that a process is stopped: longer than every limit of real time there was (10 s for an answer of the board). */
const STOP = 11_000;

/** Telemetry word, low word first. */
const FRAME_COUNTER = 20;

/** Stops a process for 11 s of real time: the one pause of these tests that real time ends, for it is what they are about. */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  await pause(STOP);
  process.kill(pid, "SIGCONT");
}

/** A client that streams, and counts what it gets. */
export class StreamingClient {
  /** Numbers of the frames received, from telemetry. */
  readonly frames: number[] = [];
  readonly #connection: Connection;

  private constructor(connection: Connection) {
    this.#connection = connection;
    connection.on("image", (text) => {
      const { telemetry } = new ThermalImage(text);
      this.frames.push((telemetry[FRAME_COUNTER] ?? 0) + (telemetry[FRAME_COUNTER + 1] ?? 0) * 0x10000);
    });
  }

  static async open({ host, port }: { host: string; port: number }): Promise<StreamingClient> {
    const connection = await Connection.open({ host, port, timeout: 60_000 });
    const client = new StreamingClient(connection);
    await connection.call("stream_on");
    return client;
  }

  /** Resolves when it has so many more frames. Ends with the test: a limit of real time would measure the computer. */
  async more(count: number): Promise<void> {
    const wanted = this.frames.length + count;
    while (this.frames.length < wanted) await once(this.#connection, "image");
  }

  close(): void {
    this.#connection.close();
  }
}

/** Log lines of errors and warnings, but for those about real time, and of discovery: its multicast comes from real sockets. */
export function troubles({ log }: VirtualCamera): string[] {
  return log
    .filter(({ level }) => level === "E" || level === "W")
    .filter(({ part, text }) => part !== "discovery" && !text.startsWith("real time:"))
    .map(({ part, text }) => `${part}: ${text}`);
}
