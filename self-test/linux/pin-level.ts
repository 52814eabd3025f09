// SPDX-License-Identifier: Apache-2.0
import { BoardLink } from "platforms/linux/board-link";

/** The level at a pin, which the virtual board may hold by a fault, while an output drives it. */
export const levelOf = (pin: number): 0 | 1 => {
  const link = new BoardLink({ opening: { open: "digital", pin, mode: "probe" } });
  link.close();
  return link.answer.level ? 1 : 0;
};
