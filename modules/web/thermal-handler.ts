// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Frame } from "modules/camera/frame";
import { NextFrame } from "modules/camera/next-frame";
import { FrameStatistics } from "modules/image/statistics";
import { messageOf } from "modules/log/log";
import type { Services } from "modules/protocol/protocol";
import { type Exchange, RETRY_AFTER } from "./exchange";
import { describeThermal } from "./thermal";

/** Answers with the figures of the newest frame, or of the next one. */
export function thermalHandler(
  { frames, clock }: Pick<Services, "frames" | "clock">,
  timers: Timers,
): (exchange: Exchange) => void {
  return (exchange) => {
    const answer = (frame: Frame): void => {
      exchange.onClosed = undefined;
      try {
        const figures = describeThermal(frame, FrameStatistics.of(frame), clock.wall(frame.captured));
        exchange.respond(200, { body: JSON.stringify(figures) });
      } catch (error) {
        exchange.fail(503, messageOf(error), RETRY_AFTER);
      }
    };
    const latest = frames.outage() === undefined ? frames.latest() : undefined;
    if (latest) return answer(latest);
    const next = new NextFrame(frames, timers, answer, (reason) => exchange.fail(503, reason, RETRY_AFTER));
    exchange.onClosed = () => next.cancel();
  };
}
