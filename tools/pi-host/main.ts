// SPDX-License-Identifier: Apache-2.0
/** A host on the camera's hardware interface: commands over a serial port, images over SPI. On a Raspberry Pi, or over the virtual board. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandFailed } from "../tcam/connection";
import { ThermalImage } from "../tcam/image";
import { PALETTES, png } from "../tcam/palettes";
import { MovieFile } from "../tcam/record";
import { summary } from "../tcam/terminal";
import { update } from "../tcam/update";
import type { Style } from "./checked-image";
import { HostCamera, SPI_HZ } from "./host-camera";

interface Wires {
  serial: string;
  spi: string;
  hz: number;
  style: Style;
}

function integer(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError("not an integer.");
  return value;
}

const program = new Command("npm run host --")
  .description("Talk to a tCam-Mini over its hardware interface: serial port and SPI.")
  .option("--serial <path>", "serial port", "/dev/serial0")
  .option("--spi <path>", "SPI device, or the virtual board's socket", "/dev/spidev0.0")
  .option("--hz <rate>", "SPI clock", integer, SPI_HZ)
  .addOption(
    new Option("--style <style>", "bytes clocked for an image: as announced, or rounded up to 4")
      .choices(["exact", "rounded"])
      .default("exact"),
  )
  .showHelpAfterError("(npm run host -- --help lists the commands)");

async function withCamera(work: (camera: HostCamera) => Promise<void>): Promise<void> {
  const camera = await HostCamera.open(program.opts<Wires>());
  camera.on("damaged", (error) => console.error(`an image was lost: ${error.message}`));
  try {
    await work(camera);
  } finally {
    camera.close();
  }
}

program
  .command("send <cmd> [args]")
  .description('send one command and print its answer: send get_status, send set_wifi \'{"ap_ssid":"tCam-Kiln"}\'')
  .option("--wait <seconds>", "for the answer", integer, 10)
  .action((cmd: string, args: string | undefined, { wait }: { wait: number }) => {
    if (cmd === "get_image" || cmd === "stream_on") throw new Error("images: use snapshot or stream");
    const parsed = args === undefined ? undefined : (JSON.parse(args) as object);
    return withCamera(async ({ connection }) =>
      console.log(JSON.stringify(await connection.call(cmd, parsed, wait * 1000))),
    );
  });

program
  .command("snapshot <file>")
  .description("take one image: a .png, or a .tjsn as the tCam applications read it")
  .option("--palette <name>", PALETTES.join(", "), "ironbow")
  .action((file: string, { palette }: { palette: string }) =>
    withCamera(async (camera) => {
      if (!/\.(png|tjsn)$/.test(file)) throw new Error(`${file}: the name must end in .png or .tjsn`);
      if (!PALETTES.includes(palette)) throw new Error(`--palette: there are ${PALETTES.join(", ")}`);
      const image = new ThermalImage(await camera.image());
      writeFileSync(file, file.endsWith(".tjsn") ? image.text : png(image, palette, 4));
      console.log(`${file}: ${summary(image)}`);
    }),
  );

program
  .command("stream")
  .description("read images until so many came, or until Ctrl-C")
  .option("--frames <number>", "0: no end", integer, 0)
  .option("--delay <milliseconds>", "between images; 0 = as fast as the sensor", integer, 0)
  .option("--record <file>", "keep them as a .tmjsn movie")
  .action((options: { frames: number; delay: number; record?: string }) =>
    withCamera(async (camera) => {
      const movie = options.record === undefined ? undefined : new MovieFile(options.record);
      const started = performance.now();
      try {
        await stream(camera, options.delay, options.frames, (text) => {
          movie?.add(text);
          const { metadata } = new ThermalImage(text);
          const seconds = (performance.now() - started) / 1000;
          const { whole, damaged } = camera.counts;
          console.log(
            `${metadata.Time}  ${text.length + 2} bytes, checksum right  ${whole} images, ${damaged} damaged, ${(whole / seconds).toFixed(1)} a second`,
          );
        });
      } finally {
        movie?.close();
      }
    }),
  );

/**
 * Resolves after `frames` images or at Ctrl-C. The camera counts an image that was read damaged as delivered, so it is not told how
 * many there are to be; and its stream must be ended, for the line never is.
 */
async function stream(camera: HostCamera, delay: number, frames: number, take: (text: string) => void): Promise<void> {
  const { connection } = camera;
  const ended = new Promise<void>((resolve, reject) => {
    let count = 0;
    connection.on("image", (text) => {
      take(text);
      if (++count === frames) resolve();
    });
    connection.on("close", (error) => reject(error ?? new Error("the serial port is gone")));
    process.once("SIGINT", () => resolve());
  });
  await connection.call("stream_on", { delay_msec: delay, num_frames: 0 });
  await ended;
  await connection.call("stream_off");
}

program
  .command("update <file>")
  .description("install a firmware image; the camera's button must be pressed once")
  .action((file: string) =>
    withCamera(async ({ connection }) => {
      const verdict = await update(connection, file, {
        waiting: (version) => console.log(`version ${version}: press the camera's button`),
        progress: ({ sent, total }) => process.stderr.write(`\r${sent} of ${total} bytes `),
      });
      console.log(`\n${verdict}`);
    }),
  );

program.parseAsync().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(
      `host: ${error instanceof CommandFailed ? `the camera says: ${error.message}` : (error as Error).message}`,
    );
    process.exit(1);
  },
);
