// SPDX-License-Identifier: Apache-2.0
import type Listener from "embedded:io/socket/listener";
import type TCP from "embedded:io/socket/tcp";
import { createLog } from "modules/log/log";
import { HISTORY_LENGTH, LogHistory } from "modules/log/history";
import { Base64 } from "modules/protocol/base64";
import { createFramer } from "modules/protocol/command-framer";
import { Commands } from "modules/protocol/protocol";
import { engineText } from "modules/protocol/text";
import { Executor } from "modules/server/executor";
import { LinkLoad } from "modules/server/link-load";
import type { SocketCallbacks } from "modules/server/transport";
import { apiHandlers } from "modules/web/api";
import { sendAsset } from "modules/web/asset";
import { EventStream } from "modules/web/event-stream";
import type { Handlers } from "modules/web/exchange";
import { answerFromNext } from "modules/web/frame-answers";
import { RESTART_MS } from "modules/web/limits";
import { NativeHttpHead } from "modules/web/native-head";
import { pictureHandlers } from "modules/web/picture-handlers";
import { WebServer } from "modules/web/server";
import { describeThermal } from "modules/web/thermal";
import { UpdateUpload } from "modules/web/update-upload";
import { WebCommands } from "modules/web/web-commands";
import { createFrameReader, nativeCodec } from "modules/web/websocket-frames";
import { WebSockets } from "modules/web/websockets";
import { STATISTICS } from "../unit/fakes/statistics";
import { SyncTimers } from "../unit/fakes/sync-timers";
import { type Accepted, tcpClass } from "../unit/fakes/tcp-class";
import type { FuzzServices } from "./fake-services";
import { HttpClient } from "./http-client";
import { openPictures, SlowEncoder, SmallEncoder, SmallFile, type SmallPicture, SmallSource } from "./http-pictures";
import { SMUGGLED } from "./http-requests";
import type { Random } from "./random";
import { SmallImage } from "./websocket-side";

/** Finds out when a request that lies in a body is read. */
class WitnessHead extends NativeHttpHead {
  override get target(): string {
    const target = super.target;
    if (target.includes(SMUGGLED)) throw new Error("a request in a body was read");
    return target;
  }
}

/** The classes of the board's network, and the connections that wait. */
class FuzzNet {
  readonly Listener: typeof Listener;
  readonly TCP: typeof TCP;
  readonly #waiting: HttpClient[] = [];
  #onReadable: (() => void) | undefined;

  constructor() {
    const waiting = this.#waiting;
    const listen = (onReadable: () => void): void => void (this.#onReadable = onReadable);
    const FuzzTCP = tcpClass<SocketCallbacks, HttpClient>();
    class FuzzListener {
      constructor({ onReadable }: { onReadable: () => void }) {
        listen(onReadable);
      }
      read(): Accepted<HttpClient> | undefined {
        const client = waiting.shift();
        return client && new FuzzTCP({} as SocketCallbacks, client);
      }
      close(): void {
        listen(() => undefined);
      }
    }
    this.TCP = FuzzTCP as unknown as typeof TCP;
    this.Listener = FuzzListener as unknown as typeof Listener;
  }

  connect(client: HttpClient): void {
    this.#waiting.push(client);
  }

  turn(): void {
    if (this.#waiting.length > 0) this.#onReadable?.();
  }
}

/** Of a usual log line, in characters. */
const LINE_LENGTH = 64;

/** The web server with all its handlers, over fake services and pictures. */
export class HttpRig {
  readonly timers = new SyncTimers();
  readonly #net = new FuzzNet();
  readonly #encoders: SlowEncoder[] = [];

  constructor(
    private readonly services: FuzzServices,
    private readonly random: Random,
  ) {
    const { timers } = this;
    const { Listener, TCP } = this.#net;
    const history = new LogHistory();
    // Full, so that the heap at rest does not grow with it.
    for (let i = 0; i < HISTORY_LENGTH / LINE_LENGTH; i++) history.add(`${"-".repeat(LINE_LENGTH)}${i}`);
    const log = createLog(
      "fuzz",
      () => 0,
      (line) => history.add(line),
    );
    const commands = new Commands(services, Base64, log);
    const executor = new Executor();
    const environment = { services, commands, executor, text: engineText, load: new LinkLoad(), timers, log };
    const webSockets = new WebSockets({
      ...environment,
      codec: nativeCodec,
      createReader: createFrameReader,
      createImage: () => new SmallImage(),
    });
    const events = new EventStream(timers, engineText, { update: { stage: "none" }, faults: [] });
    const pictures = pictureHandlers<SmallPicture>({
      timers,
      services,
      linkShortUntil: () => (random.once(10) ? Infinity : -Infinity),
      statistics: () => STATISTICS,
      createFile: () => new SmallFile(),
      createImage: () => new SmallEncoder(),
      createEncoder: (onEncoded) => {
        const encoder = new SlowEncoder(random, onEncoded);
        this.#encoders.push(encoder);
        return encoder;
      },
      createSource: () => new SmallSource(),
    });
    const handlers: Handlers = {
      ...apiHandlers({
        services,
        commands: new WebCommands({ commands, executor, createFramer }),
        sensor: { lepton: { model: "3.5", partNumber: "500-0771-01", radiometric: true } },
        history,
        faults: { raised: [] },
        progress: () => events.present("update"),
        image: pictures.imageTjsn,
        now: () => timers.now(),
        restart: () => void timers.set(() => events.post("faults", []), RESTART_MS),
      }),
      ...pictures,
      ...webSockets.handlers,
      events: events.open,
      page: (exchange) => sendAsset(exchange, "page"),
      openapi: (exchange) => sendAsset(exchange, "openapi"),
      // FrameStatistics takes frames of the sensor only.
      thermal: (exchange) =>
        answerFromNext(exchange, services.frames, timers, (frame) =>
          exchange.respond(200, { body: JSON.stringify(describeThermal(frame, STATISTICS, 0)) }),
        ),
      update: (exchange) =>
        new UpdateUpload(exchange, services.update, timers, (progress) => events.post("update", progress)).run(),
    };
    const faults = { raise: () => undefined, clear: () => undefined };
    new WebServer({
      ...{ Listener, TCP, timers, text: engineText, log, faults, handlers },
      names: () => ["camera", "camera.local"],
      createHead: () => new WitnessHead(),
    }).start();
  }

  connect(): HttpClient {
    const client = new HttpClient(this.random);
    this.#net.connect(client);
    return client;
  }

  /** What happens beside the clients. */
  turn(): void {
    this.#net.turn();
    this.timers.advance(1);
    this.services.frames.emit();
    for (const encoder of this.#encoders) encoder.tick();
  }

  /** @throws Error when timers, frames or pictures remain after all clients have left */
  rest(): void {
    this.timers.advance(RESTART_MS);
    for (let turn = 0; turn < 100; turn++) this.turn();
    const { held } = this.services.frames;
    if (this.timers.pending > 0) throw new Error(`${this.timers.pending} timers left`);
    if (held > 1) throw new Error(`${held} frames held`);
    if (openPictures() > 0) throw new Error(`${openPictures()} pictures held`);
  }
}
