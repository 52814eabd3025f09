// SPDX-License-Identifier: Apache-2.0
/** The folders of a virtual camera, and the errors when they cannot be used. */
import { rmSync } from "node:fs";
import { DataDirectory, temporaryFolder } from "./data-directory";
import { VirtualCameraError } from "./virtual-camera-options";
import { DiskError } from "./storage/disk";

export interface Folders {
  readonly data: DataDirectory;
  /** Temporary folder for the sockets of this run. */
  readonly runtime: string;
}

/** @throws VirtualCameraError */
export function openFolders(dataPath: string | undefined): Folders {
  const runtime = explained(() => temporaryFolder("tcam-"), (error) => new VirtualCameraError(`temporary files cannot be written: ${error.message}`)); // prettier-ignore
  try {
    return { runtime, data: explained(() => new DataDirectory(dataPath), dataProblem) };
  } catch (error) {
    rmSync(runtime, { recursive: true, force: true });
    throw error;
  }
}

export function closeFolders({ data, runtime }: Folders): void {
  rmSync(runtime, { recursive: true, force: true });
  data.close();
}

/** The error as one line for the user. */
export function dataProblem(error: DiskError): VirtualCameraError {
  return new VirtualCameraError(`the data folder cannot be used: ${error.message}`);
}

function explained<T>(work: () => T, explain: (error: DiskError) => VirtualCameraError): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof DiskError ? explain(error) : error;
  }
}
