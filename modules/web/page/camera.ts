// SPDX-License-Identifier: Apache-2.0
/** What the page knows of the camera, and the requests that it makes over HTTP. */
import type { Link } from "./link";

export interface Status {
  readonly Camera: string;
  readonly Model: number;
  readonly Version: string;
  /** Result of an update that did not stay. */
  readonly Update?: string;
}

export interface Config {
  agc_enabled: number;
  emissivity: number;
  gain_mode: number;
}

export interface Wifi {
  readonly ap_ssid: string;
  readonly sta_ssid: string;
  readonly flags: number;
  readonly ap_ip_addr: string;
  readonly sta_ip_addr: string;
  readonly sta_netmask: string;
  readonly cur_ip_addr: string;
}

export interface FaultReport {
  readonly fault: number;
  readonly name: string;
  readonly reason: string;
}

export async function readStatus(link: Link): Promise<Status> {
  return (await link.command("get_status"))["status"] as Status;
}

/** Sets the camera's clock to this computer's local time, as the desktop application does. */
export function sendTime(link: Link, now = new Date()): Promise<unknown> {
  return link.command("set_time", {
    sec: now.getSeconds(),
    min: now.getMinutes(),
    hour: now.getHours(),
    dow: now.getDay() + 1,
    day: now.getDate(),
    mon: now.getMonth() + 1,
    year: now.getFullYear() - 1970,
  });
}

/** The Lepton's name from bits 9:8 of the model. */
export function sensorName({ Model }: Status): string {
  return `Lepton ${["3.5", "3.0", "3.1R"][(Model >> 8) & 3] ?? "?"}`;
}

async function reasonOf(response: Response): Promise<string> {
  try {
    return ((await response.json()) as { error: string }).error;
  } catch {
    return `${response.status} ${response.statusText}`;
  }
}

/** Why there is no image; undefined if there is one. */
export async function imageProblem(): Promise<string | undefined> {
  try {
    const response = await fetch("/image.raw", { cache: "no-store" });
    if (!response.ok) return await reasonOf(response);
    await response.arrayBuffer();
    return undefined;
  } catch {
    return "";
  }
}

/** Faults that are raised, and the bytes of an update that are written. */
export interface Device {
  readonly faults?: readonly FaultReport[];
  readonly update?: { readonly written?: number; readonly length?: number };
}

/** Empty if the camera does not answer. */
export async function readDevice(): Promise<Device> {
  try {
    return (await (await fetch("/api/v1/device", { cache: "no-store" })).json()) as Device;
  } catch {
    return {};
  }
}

/** The camera's log from a position on, and the position behind it. */
export async function readLog(since: number): Promise<{ text: string; next: number }> {
  const response = await fetch(`/api/v1/log?since=${since}`, { cache: "no-store" });
  if (!response.ok) throw new Error(await reasonOf(response));
  return { text: await response.text(), next: Number(response.headers.get("X-Log-Next") ?? since) };
}

/** Restarts the camera. A connection that breaks is no failure: the camera may be faster than its answer. */
export async function restart(): Promise<void> {
  const response = await fetch("/api/v1/restart", { method: "POST" }).catch(() => undefined);
  if (response && !response.ok) throw new Error(await reasonOf(response));
}

/**
 * Sends a firmware image. The camera reads it after its button has been pressed, and answers when it is checked.
 * @throws Error with the camera's reason
 */
export async function sendUpdate(file: Blob): Promise<void> {
  const response = await fetch("/api/v1/update", {
    method: "POST",
    headers: { "Content-Type": "application/octet-stream" },
    body: file,
  });
  if (!response.ok) throw new Error(await reasonOf(response));
}
