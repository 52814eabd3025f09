// SPDX-License-Identifier: Apache-2.0
/** The host's side of an update, piece by piece, by hand: what `tcam update` never does, too. */
import { type CamInfo, Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { until } from "../network/rig";
import { press } from "./rig";

export const PIECE = 8192;

export interface Request {
  start: number;
  length: number;
}

export class Host {
  readonly requests: Request[] = [];
  /** What came unasked. */
  readonly infos: CamInfo[] = [];
  image = makeFirmwareImage({ version: "7.1", size: 20_000 });

  private constructor(
    private readonly device: VirtualCamera,
    readonly connection: Connection,
  ) {
    connection.on("get_fw", (request) => this.requests.push(request));
    connection.on("info", (info) => this.infos.push(info));
    connection.on("close", () => undefined);
  }

  static async open(device: VirtualCamera): Promise<Host> {
    return new Host(device, await Connection.open({ host: device.host, port: device.port, timeout: 20_000 }));
  }

  /** Announces the image. */
  async request(length = this.image.length, version = "7.1"): Promise<void> {
    await this.connection.call("fw_update_request", { length, version });
  }

  /** Announces the image, presses the button, and waits to be asked for its first piece. */
  async begin(): Promise<void> {
    const before = this.requests.length;
    await this.request();
    await press(this.device);
    await this.asked(before + 1);
  }

  /** Resolves when so many pieces were asked for. */
  asked(count: number): Promise<void> {
    return until(`piece request ${count}`, () => this.requests.length >= count);
  }

  send(start: number, data: Uint8Array, length = data.length): void {
    this.connection.send("fw_segment", { start, length, data: Buffer.from(data).toString("base64") });
  }

  /** Sends what was asked for last. */
  serve(): void {
    const { start, length } = this.requests.at(-1) ?? { start: 0, length: 0 };
    this.send(start, this.image.subarray(start, start + length));
  }

  /** Serves from the newest request on, to the verdict. */
  async serveAll(): Promise<void> {
    const before = this.infos.length;
    const serve = (): void => this.serve();
    // After the listener that notes the request.
    this.connection.on("get_fw", serve);
    this.serve();
    await until("a verdict", () => this.infos.length > before);
    this.connection.off("get_fw", serve);
  }

  /** Resolves when something came unasked. @returns it */
  async verdict(): Promise<CamInfo> {
    await until("a verdict", () => this.infos.length > 0);
    return this.infos[0] as CamInfo;
  }

  /** The camera's clock, in milliseconds: what it waits for it waits for by this one. */
  async clock(): Promise<number> {
    const { Time } = (await this.connection.call("get_status"))["status"] as { Time: string };
    const [hours = 0, minutes = 0, seconds = 0] = Time.split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  }

  /** An exchange: what the camera had to say before has come when this resolves. */
  async exchange(): Promise<void> {
    await this.connection.call("get_config");
  }
}

export async function withHost(device: VirtualCamera, work: (host: Host) => Promise<void>): Promise<void> {
  const host = await Host.open(device);
  try {
    await work(host);
  } finally {
    host.connection.close();
  }
}
