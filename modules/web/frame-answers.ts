// SPDX-License-Identifier: Apache-2.0
import type { Timers } from "drivers/timers/timers";
import type { Frame, FrameSource } from "modules/camera/frame";
import { NextFrame } from "modules/camera/next-frame";
import { messageOf } from "modules/log/log";
import { type Exchange, RETRY_AFTER, WebError } from "./exchange";

/** Answers with what `answer` makes of a frame; 503 when there is no memory for it. */
export const answerFrom = (exchange: Exchange<unknown>, frame: Frame, answer: (frame: Frame) => void): void => {
  try {
    answer(frame);
  } catch (error) {
    if (error instanceof WebError) exchange.fail(error.status, error.message);
    else exchange.fail(503, messageOf(error), RETRY_AFTER);
  }
};

/** Answers from the next frame; 503 when none comes. */
export const answerFromNext = (
  exchange: Exchange<unknown>,
  frames: FrameSource,
  timers: Timers,
  answer: (frame: Frame) => void,
): void => {
  const onFrame = (frame: Frame): void => {
    exchange.onClosed = undefined;
    answerFrom(exchange, frame, answer);
  };
  const next = new NextFrame(frames, timers, onFrame, (reason) => {
    exchange.onClosed = undefined;
    exchange.fail(503, reason, RETRY_AFTER);
  });
  exchange.onClosed = () => next.cancel();
};
