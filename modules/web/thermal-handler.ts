// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Frame } from "modules/camera/frame";
import { FrameStatistics } from "modules/image/statistics";
import type { Services } from "modules/protocol/protocol";
import type { Exchange } from "./exchange";
import { answerFrom, answerFromNext } from "./frame-answers";
import { describeThermal } from "./thermal";

/** Answers with the figures of the newest frame, or of the next one. */
export const thermalHandler =
  ({ frames, clock }: Pick<Services, "frames" | "clock">, timers: Timers): ((exchange: Exchange) => void) =>
  (exchange) => {
    const answer = (frame: Frame): void => {
      const figures = describeThermal(frame, FrameStatistics.of(frame), clock.wall(frame.captured));
      exchange.respond(200, { body: JSON.stringify(figures) });
    };
    const latest = frames.outage() === undefined ? frames.latest() : undefined;
    if (latest) answerFrom(exchange, latest, answer);
    else answerFromNext(exchange, frames, timers, answer);
  };
