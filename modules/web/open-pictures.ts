// SPDX-License-Identifier: Apache-2.0
import type { Context } from "modules/context/context";
import { FrameFile } from "modules/image/frame-file";
import { ImageEncoder } from "modules/image/image";
import { type Jpeg, JpegEncoder, JpegSource } from "modules/image/jpeg";
import { FrameStatistics } from "modules/image/statistics";
import type { SessionEnvironment } from "modules/server/server";
import { pictureHandlers } from "./picture-handlers";

/** The handlers of pictures, streams and files with the native classes. */
export const openPictures = (
  { timers }: Pick<Context, "timers">,
  { services, load }: SessionEnvironment,
): ReturnType<typeof pictureHandlers> =>
  pictureHandlers<Jpeg>({
    timers,
    services,
    linkShortUntil: () => load.shortUntil,
    statistics: (frame) => FrameStatistics.of(frame),
    createFile: () => new FrameFile(),
    createImage: () => new ImageEncoder(),
    createEncoder: (onEncoded) => new JpegEncoder({ onEncoded }),
    createSource: () => new JpegSource(),
  });
