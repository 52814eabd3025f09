// SPDX-License-Identifier: Apache-2.0
/** Updates of a soak: which images are installed, which start, and which stay. */
import { makeFirmwareImage } from "../../simulator/board/storage/firmware-image";
import { sendFirmware } from "../../tools/tcam/update";
import { parseAnswer } from "./http";
import { connected } from "./visitors";
import type { World } from "./world";

/** Milliseconds of board time of a connection: longer than an update that waits for its button and all retries. */
const LIMIT = 240_000;
/** A trial is over: 5 minutes, or a restart before. */
const TRIAL = 600_000;
/** An image that crashes repeatedly makes way; power cuts between its crashes delay that. */
const CRASHES = 30 * 60_000;
/** Storage operations of an update up to the end of its trial: about 84 of its image, 2 of each entry of the boot choice. */
const OPERATIONS = 92;
const SIZE = 20_000;

const KINDS = ["good", "good", "damaged", "crashing", "left"] as const;

interface Plan {
  readonly kind: (typeof KINDS)[number];
  readonly version: string;
  readonly bytes: Buffer;
  readonly pressed: boolean;
  /** Bytes after which the client leaves. */
  readonly leaves: number | undefined;
}

function choose(world: World, number: number): Plan {
  const kind = world.oneOf(KINDS);
  const version = `8.${number}`;
  const crashAfter = world.between(500, 100_000);
  const seed = world.between(1, 1e6);
  const behaviour = kind === "crashing" ? { behaviour: { crashAfter } } : {};
  const bytes = makeFirmwareImage({ version, size: SIZE, seed, ...behaviour });
  const at = world.between(300, bytes.length);
  if (kind === "damaged") bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
  return { kind, version, bytes, pressed: world.random.below(4) > 0, leaves: kind === "left" ? at : undefined };
}

/** Presses the button when the camera waits for it, if the plan says so. */
function approve(world: World, { pressed }: Plan): void {
  if (pressed && !world.camera.board.buttonDown) void world.camera.board.press(200);
}

/** By the command socket. @returns the camera's verdict, or `failed: ` and the reason */
function overTcam(world: World, plan: Plan): Promise<string> {
  const { bytes, version } = plan;
  const file = { bytes, version, length: bytes.length, imageLength: bytes.length, signed: false, project: "" };
  return connected(world, LIMIT, (connection) =>
    sendFirmware(connection, file, {
      waiting: () => approve(world, plan),
      progress: ({ sent }) => {
        if (plan.leaves !== undefined && sent >= plan.leaves) connection.close();
      },
    }),
  ).catch((error: Error) => `failed: ${error.message}`);
}

/** As the body of a request. */
async function overHttp(world: World, plan: Plan): Promise<string> {
  const { bytes, leaves } = plan;
  const { board } = world.camera;
  const socket = world.camera.connect(80);
  const cancel = world.later(LIMIT, () => socket.destroy());
  const heard = board.journal.lines.subscribe(({ text }) => {
    if (text.endsWith("requested: waiting for the button")) world.later(1_000, () => approve(world, plan));
  });
  const parts: Buffer[] = [];
  socket.on("error", () => undefined).on("data", (part: Buffer) => parts.push(part));
  socket.once("connect", () => {
    const fields = ["Host: 127.0.0.1", `Content-Length: ${bytes.length}`, "Content-Type: application/octet-stream"];
    socket.write(`POST /api/v1/update HTTP/1.1\r\n${fields.join("\r\n")}\r\nConnection: close\r\n\r\n`);
    socket.write(bytes.subarray(0, leaves));
    if (leaves !== undefined) world.later(world.between(2_000, 20_000), () => socket.destroy());
  });
  await new Promise((resolve) => socket.once("end", resolve).once("close", resolve));
  cancel();
  heard();
  socket.destroy();
  const answer = parseAnswer(Buffer.concat(parts));
  if (answer?.status === 200) return "success";
  return `failed: ${answer ? `${answer.status} ${answer.body.toString()}` : "no answer"}`;
}

export class UpdateVisitor {
  #number = 1;

  async visit(world: World): Promise<void> {
    const { chip } = world.camera.board;
    const { choice } = chip;
    if (chip.state !== "running" || !choice || choice.trial) return world.counts.add("updates not begun: on trial");
    const before = choice.image.version;
    const plan = choose(world, this.#number++);
    const web = world.random.below(2) === 0;
    world.buttonless = !plan.pressed;
    while (world.buttonless && world.camera.board.buttonDown) await world.pass(1_000);
    const installs = plan.pressed && (plan.kind === "good" || plan.kind === "crashing");
    if (installs && world.restartless) return;
    if (installs) world.versions = new Set([before, plan.version]);
    const cuts = installs && world.random.below(3) === 0;
    const name = `update ${web ? "over HTTP" : "by command"}, ${plan.kind}${plan.pressed ? "" : ", no button"}`;
    const cut = await world.withCut(
      cuts ? { after: world.between(0, OPERATIONS), on: "flash" } : undefined,
      async () => {
        const outcome = await (web ? overHttp : overTcam)(world, plan);
        const succeeded = !outcome.startsWith("failed");
        world.buttonless = false;
        world.changed = world.now;
        world.counts.add(`${name}: ${outcome.slice(0, 70)}`);
        if (succeeded && !installs) world.violated(`${name} succeeded: ${outcome}`);
        if (installs) await this.settle(world, plan);
      },
    );
    if (cut) world.counts.add("power cuts inside an update or its trial");
  }

  /**
   * Waits until an image that is installed has passed its trial, or another one runs.
   * @param limit in milliseconds of board time
   */
  async settle(
    world: World,
    { kind, version }: Pick<Plan, "kind" | "version">,
    limit = kind === "crashing" ? CRASHES : TRIAL,
  ): Promise<void> {
    const { chip } = world.camera.board;
    const runs = (): string | undefined => {
      const { choice } = chip;
      if (chip.state !== "running" || !choice || choice.trial) return undefined;
      return kind === "crashing" && choice.image.version === version ? undefined : choice.image.version;
    };
    // A restart follows the answer.
    await world.pass(5_000);
    for (const end = world.now + limit; runs() === undefined; await world.pass(1_000)) {
      if (world.violation) return;
      if (world.now > end)
        return world.violated(`version ${version} (${kind}) runs, or is on trial, ${limit / 1_000} s later`);
    }
    const running = runs() ?? "";
    world.versions = new Set([running]);
    world.counts.add(`update, ${kind}: ${running === version ? "stays" : "the image before runs"}`);
  }
}

/** Each image that starts is one that may. */
export function watchVersions(world: World): void {
  const { chip } = world.camera.board;
  chip.changed.subscribe((state) => {
    const version = chip.choice?.image.version ?? "";
    if (state === "running" && !world.versions.has(version))
      world.violated(`version ${version} starts in place of ${[...world.versions].join(" or ")}`);
    if (state === "ended") world.violated("no image can start");
  });
}
