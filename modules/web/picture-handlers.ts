// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Frame, FrameSource } from "modules/camera/frame";
import { FrameTimeout } from "modules/camera/next-frame";
import { centikelvinPerCount } from "modules/camera/telemetry";
import type { FileFormat, FileSource } from "modules/image/frame-file";
import type { Encoder } from "modules/image/image";
import type { PictureEncoder } from "modules/image/jpeg";
import type { Statistics } from "modules/image/statistics";
import { identityFields, type Services } from "modules/protocol/protocol";
import { type Exchange, type Fields, type Handlers, RETRY_AFTER, WebError } from "./exchange";
import { answerFromNext } from "./frame-answers";
import { countRange, describeFrame, exifDate, fileName, type FrameFacts, type Range } from "./frame-facts";
import { marksOf } from "./overlay";
import { PictureStream, type PictureSource } from "./picture-stream";
import { type Order, type Picture, Pictures, type View } from "./pictures";

/** Dependencies of the handlers. The native classes come from outside, so that tests can replace them. */
export interface PictureParts<P extends Picture> {
  readonly timers: Timers;
  readonly services: Pick<Services, "camera" | "clock" | "frames" | "identity">;
  /** Time until which the link counts as short: LinkLoad. */
  linkShortUntil(): number;
  statistics(frame: Frame): Statistics;
  createFile(): FileSource;
  createImage(): Encoder;
  createEncoder(onEncoded: (length: number) => void): PictureEncoder<P>;
  createSource(): PictureSource<P>;
}

type PictureRoute =
  | "snapshot"
  | "snapshotPng"
  | "stream"
  | "imageTjsn"
  | "imageRaw"
  | "imageNpy"
  | "imageTiff"
  | "imagePng16"
  | "imageCsv"
  | "thermalVision";

/** A source that was started. */
interface Started {
  readonly source: FileSource | Encoder;
  readonly length: number;
  /** Extension of the file name; absent: the answer has no file name. */
  readonly extension?: string;
  /** Further fields of the answer. */
  readonly fields?: Fields;
}

/** Bytes of an image message's delimiters: one at each end. */
const DELIMITERS = 2;

/** Handlers of pictures, streams and files. */
export const pictureHandlers = <P extends Picture>(parts: PictureParts<P>): Pick<Handlers, PictureRoute> => {
  const desk = new PictureDesk(parts);
  const file =
    (format: FileFormat, extension: string = format) =>
    (exchange: Exchange): void =>
      desk.sendFile(exchange, (frame) => ({ ...desk.startFile(frame, format), extension }));
  const values =
    (format: FileFormat) =>
    (exchange: Exchange): void =>
      desk.sendFile(exchange, (frame) => ({
        ...desk.startFile(frame, format),
        extension: format,
        fields: scaleField(frame),
      }));
  return {
    snapshot: (exchange) => desk.sendSnapshot(exchange),
    snapshotPng: (exchange) =>
      desk.sendFile(exchange, (frame) => ({ ...desk.startFile(frame, "png8", exchange.query), extension: "png" })),
    stream: (exchange) => desk.startStream(exchange),
    imageTjsn: (exchange) => desk.sendFile(exchange, (frame) => desk.startImage(frame)),
    imageRaw: values("raw"),
    imageNpy: values("npy"),
    imageTiff: file("tiff"),
    imagePng16: file("png16", "png"),
    imageCsv: file("csv"),
    thermalVision: (exchange) => desk.sendFile(exchange, (frame) => desk.startTemperatures(frame)),
  };
};

const disposition = (kind: "inline" | "attachment", wall: number, extension: string): Fields => ({
  "Content-Disposition": `${kind}; filename="${fileName(wall, extension)}"`,
});

/** Kelvin of a count, for formats that have no place for it; no field without temperatures. */
const scaleField = (frame: Frame): Fields => {
  const centikelvin = centikelvinPerCount(frame);
  return centikelvin === 0 ? {} : { "X-Scale": `${centikelvin / 100}` };
};

class PictureDesk<P extends Picture> {
  private readonly parts: PictureParts<P>;
  private readonly pictures: Pictures<P>;
  private readonly frames: FrameSource;

  constructor(parts: PictureParts<P>) {
    this.parts = parts;
    this.frames = parts.services.frames;
    this.pictures = new Pictures({
      frames: this.frames,
      createEncoder: parts.createEncoder,
      describe: (frame, view) => this.describe(frame, view),
    });
  }

  /** Answers with a file of the next frame. A slow client reads a copy: slots are for capture. */
  sendFile(exchange: Exchange<unknown>, start: (frame: Frame) => Started): void {
    answerFromNext(exchange, this.frames, this.parts.timers, (frame) => {
      const copy = frame.copy();
      let started: Started;
      try {
        started = start(copy);
      } finally {
        copy.close();
      }
      const { source, length, extension, fields: further } = started;
      const kind = extension === "png" ? "inline" : "attachment";
      const name = extension === undefined ? {} : disposition(kind, this.wall(frame), extension);
      const fields = { ...name, ...further };
      exchange.respond(200, { fields, body: { source, length }, onSent: () => source.stop() });
    });
  }

  startFile(frame: Frame, format: FileFormat, range?: Range & { palette: string }): Omit<Started, "extension"> {
    const facts = this.facts(frame);
    const colours = range && { palette: range.palette, ...countRange(facts, range) };
    const source = this.parts.createFile();
    const length = source.start(frame, {
      format,
      centikelvin: centikelvinPerCount(frame),
      description: describeFrame(facts, colours),
      date: exifDate(facts.wall),
      software: `tCam-Mini ${this.parts.services.identity.version}`,
      ...colours,
    });
    return { source, length };
  }

  /** Thermal Vision shows what it gets as °C. */
  startTemperatures(frame: Frame): Started {
    if (centikelvinPerCount(frame) === 0) throw new WebError(409, "the frame has no temperatures, as with AGC");
    return this.startFile(frame, "json");
  }

  startImage(frame: Frame): Started {
    const source = this.parts.createImage();
    const length = source.start(frame, JSON.stringify(identityFields(this.parts.services, frame.captured)));
    // The first delimiter; the last one stays in the source.
    source.read(new Uint8Array(1));
    return { source, length: length - DELIMITERS, extension: "tjsn" };
  }

  sendSnapshot(exchange: Exchange<View>): void {
    const order: Order<P> = {
      view: exchange.query,
      after: this.frames.latest()?.sequence ?? 0,
      ready: (picture, { captured }) => {
        timeout.cancel();
        exchange.onClosed = undefined;
        const source = this.parts.createSource();
        const length = source.start(picture, "", "");
        const fields = disposition("inline", this.parts.services.clock.wall(captured), "jpg");
        exchange.respond(200, { fields, body: { source, length }, onSent: () => source.stop() });
      },
      failed: (reason) => {
        timeout.cancel();
        exchange.onClosed = undefined;
        exchange.fail(503, reason, RETRY_AFTER);
      },
    };
    const cancel = (): void => {
      timeout.cancel();
      this.pictures.cancel(order);
    };
    const timeout = new FrameTimeout(this.frames, this.parts.timers, (reason) => {
      cancel();
      order.failed(reason);
    });
    exchange.onClosed = cancel;
    this.pictures.order(order);
  }

  startStream(exchange: Exchange<View & { readonly fps: number }>): void {
    const outage = this.frames.outage();
    if (outage !== undefined) return exchange.fail(503, outage, RETRY_AFTER);
    const { timers, services, createSource } = this.parts;
    const source = createSource();
    const transport = exchange.stream({});
    this.pictures.enter();
    new PictureStream({
      ...{ transport, source },
      pictures: this.pictures,
      timers,
      view: exchange.query,
      interval: 1000 / exchange.query.fps,
      wall: (moment) => services.clock.wall(moment),
      shortUntil: () => this.parts.linkShortUntil(),
      onEnded: () => this.pictures.leave(),
    });
  }

  private wall(frame: Frame): number {
    return this.parts.services.clock.wall(frame.captured);
  }

  private facts(frame: Frame): FrameFacts {
    const { statistics, services } = this.parts;
    const { emissivity } = services.camera.config;
    return { frame, statistics: statistics(frame), wall: this.wall(frame), emissivity };
  }

  private describe(frame: Frame, view: View): ReturnType<ConstructorParameters<typeof Pictures<P>>[0]["describe"]> {
    const { palette, scale, quality, overlay } = view;
    const facts = this.facts(frame);
    const range = countRange(facts, view);
    const marks = overlay ? { marks: marksOf(frame, facts.statistics) } : {};
    return { options: { palette, scale, quality, ...range, ...marks }, comment: describeFrame(facts, range) };
  }
}
