// SPDX-License-Identifier: Apache-2.0
import type { TimerHandle, Timers } from "drivers/timers/timers";
import { messageOf } from "modules/log/log";
import { CommandError, type UpdateClient } from "modules/protocol/protocol";
import { CHUNK_BYTES, UPDATE_SUCCESS, type UpdateService } from "modules/protocol/services";
import { HEADER_LENGTH, readImageHeader } from "modules/update/image-header";
import { type Exchange, ExchangeClosed, fill, WebError, type WebRequest } from "./exchange";

export type Progress = (data: { readonly written: number; readonly length: number }) => void;

/** ms between probes of the client while the button is awaited. */
const PROBE_MS = 2_000;

/**
 * A firmware image as the body of a request. It is read as the flash takes it, so that TCP holds the sender back: first
 * its header, for the version; the rest after a person has pressed the button.
 */
export class UpdateUpload implements UpdateClient {
  private readonly exchange: Exchange;
  private readonly update: UpdateService;
  private readonly timers: Timers;
  private readonly progress: Progress;
  /** Bytes that were read and not handed over, at the beginning of the image. */
  private readonly head = new Uint8Array(HEADER_LENGTH);
  private version = "";
  /** Bytes of the body that were handed over. */
  private done = 0;
  private reading = false;
  /** Runs while the button is awaited. */
  private probes: TimerHandle | undefined;

  constructor(exchange: Exchange, update: UpdateService, timers: Timers, progress: Progress) {
    this.exchange = exchange;
    this.update = update;
    this.timers = timers;
    this.progress = progress;
  }

  /** Resolves when the update has been requested; the rest follows the button. @throws WebError */
  async run(): Promise<void> {
    const exchange = this.exchange;
    const { length } = exchange.request;
    if (length < HEADER_LENGTH) throw new WebError(400, `${length} bytes are no application image`);
    await fill(exchange, this.head);
    const header = readImageHeader(this.head);
    if (typeof header === "string") throw new WebError(400, header);
    this.version = header.version;
    exchange.onClosed = () => {
      this.endProbes();
      this.update.gone(this);
    };
    try {
      await this.update.request(this, length, header.version);
    } catch (error) {
      if (error instanceof CommandError) throw new WebError(409, error.message);
      throw error;
    }
    if (exchange.closed) return this.update.gone(this);
    if (!takesInterim(exchange.request)) return;
    exchange.probe();
    this.probes = this.timers.repeat(() => exchange.probe(), PROBE_MS);
  }

  requestChunk(start: number, length: number): void {
    // The update repeats its request while the client sends slowly.
    this.endProbes();
    if (this.reading || start !== this.done) return;
    this.reading = true;
    this.progress({ written: start, length: this.exchange.request.length });
    this.deliver(start, length).catch((error: unknown) => {
      this.reading = false;
      this.update.gone(this);
      if (!(error instanceof ExchangeClosed)) this.exchange.fail(500, messageOf(error));
    });
  }

  report(text: string): void {
    this.endProbes();
    if (text === UPDATE_SUCCESS) {
      this.exchange.respond(200, { body: JSON.stringify({ version: this.version, restarting: true }) });
      return;
    }
    this.exchange.fail(400, text);
  }

  private endProbes(): void {
    this.timers.clear(this.probes);
    this.probes = undefined;
  }

  private async deliver(start: number, length: number): Promise<void> {
    const chunk = new Uint8Array(Math.min(length, CHUNK_BYTES));
    const known = start === 0 ? HEADER_LENGTH : 0;
    if (known > 0) chunk.set(this.head.subarray(0, chunk.length));
    await fill(this.exchange, chunk.subarray(Math.min(known, chunk.length)));
    this.reading = false;
    this.done = start + chunk.length;
    this.update.chunk(this, start, chunk);
  }
}

/**
 * Whether a client is known to skip `100 Continue`: one that expects it, and a browser, which sends Origin with POST.
 * fetch() of Node.js takes one that it has not asked for as an error.
 */
const takesInterim = ({ field }: WebRequest): boolean => field("expect") !== undefined || field("origin") !== undefined;
