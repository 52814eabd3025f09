// SPDX-License-Identifier: Apache-2.0
/** Scenes by name or from a file. */
import { statSync } from "node:fs";
import { basename } from "node:path";
import { readFileUpTo } from "../../tools/tcam/read-file";
import { reasonOf } from "../../tools/tcam/system-error";
import { replayScene, type Scene, SCENE_NAMES, sceneByName } from "../lepton";

/** Size limit of a recorded image's file, which usually has 60 KB. */
const MAX_FILE = 1024 * 1024;

/** The scene cannot be opened. One line for the user. */
export class SceneError extends Error {}

/**
 * @param name one of SCENE_NAMES, or a file with a recorded image (.tjsn)
 * @throws SceneError
 */
export function openScene(name: string, seed = 1): Scene {
  const builtIn = sceneByName(name, seed);
  if (builtIn) return builtIn;
  let text: string;
  try {
    // A pipe without a writer would hold the whole simulator.
    if (statSync(name).isFIFO()) throw new Error("it is a pipe");
    text = readFileUpTo(name, MAX_FILE).toString("utf8");
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code === "ENOENT" ? "there is no such file" : reasonOf(error);
    throw new SceneError(
      `scene ${JSON.stringify(name)}: ${why}, and the built-in scenes are: ${SCENE_NAMES.join(", ")}`,
    );
  }
  return recordedScene(text, basename(name));
}

/** @param text a recorded image as JSON. @throws SceneError */
export function recordedScene(text: string, name: string): Scene {
  try {
    return replayScene(text, name);
  } catch (error) {
    throw new SceneError(`scene ${name}: ${(error as Error).message}`);
  }
}
