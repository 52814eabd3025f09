// SPDX-License-Identifier: Apache-2.0
import { writeFileAtomically } from "./atomic-file";
import type { ThermalImage } from "./image";
import { png } from "./palettes";

export interface SnapshotOptions {
  palette: string;
  /** PNG pixels per sensor pixel. */
  zoom: number;
}

/** Writes a `.tjsn` as the tCam applications read it, or else a PNG. @throws FileError */
export function writeSnapshot(path: string, image: ThermalImage, { palette, zoom }: SnapshotOptions): void {
  writeFileAtomically(path, /\.tjsn$/i.test(path) ? Buffer.from(image.text) : png(image, palette, zoom));
}
