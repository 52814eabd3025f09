// SPDX-License-Identifier: Apache-2.0
/** A client that updates chunk by chunk, also in ways that `tcam update` does not. */
import type { CamInfo, Connection } from "../../../tools/tcam/connection";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { makeFirmwareImage } from "../../../simulator/board/storage/firmware-image";
import { until } from "../board-time";
import { connectTo } from "../camera/rig";
import { press } from "./rig";

export const CHUNK = 8192;

export interface Request {
  start: number;
  length: number;
}

export class UpdateClient {
  readonly requests: Request[] = [];
  /** Messages that answer no call. */
  readonly infos: CamInfo[] = [];
  image = makeFirmwareImage({ version: "7.1", size: 20_000 });

  private constructor(
    private readonly camera: VirtualCamera,
    readonly connection: Connection,
  ) {
    connection.on("get_fw", (request) => this.requests.push(request));
    connection.on("info", (info) => this.infos.push(info));
    connection.on("close", () => undefined);
  }

  static async open(camera: VirtualCamera): Promise<UpdateClient> {
    return new UpdateClient(camera, await connectTo(camera));
  }

  /** Requests the update. */
  async request(length = this.image.length, version = "7.1"): Promise<void> {
    await this.connection.call("fw_update_request", { length, version });
  }

  /** Requests the update, presses the button and waits for the first chunk request. */
  async begin(): Promise<void> {
    const before = this.requests.length;
    await this.request();
    await press(this.camera);
    await this.requested(before + 1);
  }

  /** Resolves after `count` chunk requests. */
  requested(count: number): Promise<void> {
    return until(this.camera, `chunk request ${count}`, () => this.requests.length >= count);
  }

  send(start: number, data: Uint8Array, length = data.length): void {
    this.connection.send("fw_segment", { start, length, data: Buffer.from(data).toString("base64") });
  }

  /** Sends the chunk of the last request. */
  serve(): void {
    const { start, length } = this.requests.at(-1) ?? { start: 0, length: 0 };
    this.send(start, this.image.subarray(start, start + length));
  }

  /** Answers the last request and all further ones until the camera's result. */
  async serveAll(): Promise<void> {
    const before = this.infos.length;
    const serve = (): void => this.serve();
    // After the listener that records the request.
    this.connection.on("get_fw", serve);
    this.serve();
    await until(this.camera, "a result", () => this.infos.length > before);
    this.connection.off("get_fw", serve);
  }

  /** Resolves with the camera's result. */
  async result(): Promise<CamInfo> {
    await until(this.camera, "a result", () => this.infos.length > 0);
    return this.infos[0] as CamInfo;
  }

  /** The camera's clock in milliseconds, by which its timeouts run. */
  async clock(): Promise<number> {
    const { Time } = (await this.connection.call("get_status"))["status"] as { Time: string };
    const [hours = 0, minutes = 0, seconds = 0] = Time.split(":").map(Number);
    return ((hours * 60 + minutes) * 60 + seconds) * 1000;
  }

  /** Exchanges a command: all earlier messages of the camera have arrived when this resolves. */
  async exchange(): Promise<void> {
    await this.connection.call("get_config");
  }
}

export async function withUpdateClient(
  camera: VirtualCamera,
  work: (client: UpdateClient) => Promise<void>,
): Promise<void> {
  const client = await UpdateClient.open(camera);
  try {
    await work(client);
  } finally {
    client.connection.close();
  }
}
