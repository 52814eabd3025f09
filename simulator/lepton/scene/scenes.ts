// SPDX-License-Identifier: Apache-2.0

import { CounterScene } from "./counter";
import { FurnaceScene } from "./furnace";
import { parseRecording, ReplayScene } from "./replay";
import { RoomScene } from "./room";
import type { Scene } from "./scene";

const MAKERS: Readonly<Record<string, (seed: number) => Scene>> = {
  default: (seed) => new RoomScene(seed),
  counter: () => new CounterScene(),
  furnace: () => new FurnaceScene(),
};

/** Names of the built-in scenes. */
export const SCENE_NAMES: readonly string[] = Object.keys(MAKERS);

/** A built-in scene by its name; undefined for an unknown name. */
export function sceneByName(name: string, seed = 1): Scene | undefined {
  return Object.hasOwn(MAKERS, name) ? MAKERS[name]?.(seed) : undefined;
}

/**
 * A scene that replays a recorded image.
 * @param text the file's content
 * @param name of the scene, such as the file's name
 * @throws RecordingError when `text` is not a recorded image
 */
export function replayScene(text: string, name: string): Scene {
  return new ReplayScene(parseRecording(text), name);
}
