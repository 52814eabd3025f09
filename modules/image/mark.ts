// SPDX-License-Identifier: Apache-2.0

/** Colours of marks: enum JpegMarkColour. */
export const MarkColour = Object.freeze({ White: 0, Red: 1, Blue: 2 } as const);
export type MarkColour = (typeof MarkColour)[keyof typeof MarkColour];

/** A line around pixels of a picture, both ends included, and a text beside it. */
export interface Mark {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
  readonly colour: MarkColour;
  /** At most 8 characters: digits, "-" and "."; others are blank. */
  readonly text: string;
}
