// SPDX-License-Identifier: Apache-2.0
import { print, type Program, report } from "./program";
import { MovieFile } from "./record";

/**
 * Records the images that `work` adds, until it resolves or throws. They are kept either way; without any, an old file stays as it is.
 * @throws FileError; what `work` throws; or the reason for which the program has to end before the first image
 */
export async function recordMovie(
  program: Program,
  path: string,
  work: (movie: MovieFile) => Promise<void>,
): Promise<void> {
  const movie = new MovieFile(path);
  try {
    await work(movie);
  } catch (error) {
    movie.close();
    if (movie.frames > 0) report(`${path}: ${movie.frames} images, until it failed`);
    throw error;
  }
  movie.close();
  if (movie.frames === 0) {
    report(`${path}: no image came, nothing was written`);
    program.signal.throwIfAborted();
  } else print(`${path}: ${movie.frames} images`);
}
