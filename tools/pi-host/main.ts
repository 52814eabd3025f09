// SPDX-License-Identifier: Apache-2.0
/** A host on the camera's hardware interface: commands over a serial port, images over SPI. On a Raspberry Pi, or over the virtual board. */
import { Command, Option } from "commander";
import { imageFile, integer, MAX_MS, paletteName } from "../tcam/arguments";
import { confirmVersion } from "../tcam/confirm";
import { Code } from "../tcam/connection";
import { loadFirmware } from "../tcam/firmware-image";
import { ThermalImage } from "../tcam/image";
import { PALETTES } from "../tcam/palettes";
import { Exit, print, Program, ProgressLine, report, UsageError } from "../tcam/program";
import { recordMovie } from "../tcam/recording";
import { type SessionOptions, withSession } from "../tcam/session";
import { writeSnapshot } from "../tcam/snapshot";
import { stream } from "../tcam/stream";
import { summary } from "../tcam/terminal";
import { sendFirmware, type Progress } from "../tcam/update";
import { packageVersion } from "../tcam/version";
import type { Style } from "./checked-image";
import { HostCamera, SPI_HZ } from "./host-camera";

interface Wires {
  serial: string;
  spi: string;
  hz: number;
  style: Style;
}

/** Limit of Linux's spidev: its clock rate is a 32-bit number. */
const MAX_HZ = 0xffffffff;
const ZOOM = 4;

const program = new Program("host");
const host = new Command("npm run host --")
  .description("Talk to a tCam-Mini over its hardware interface: serial port and SPI.")
  .version(packageVersion(), "-V, --version", "print the version of this program")
  .option("--serial <path>", "serial port", "/dev/serial0")
  .option("--spi <path>", "SPI device, or the virtual board's socket", "/dev/spidev0.0")
  .option("--hz <rate>", "SPI clock", integer(1, MAX_HZ), SPI_HZ)
  .addOption(
    new Option("--style <style>", "bytes clocked for an image: as announced, or rounded up to 4")
      .choices(["exact", "rounded"])
      .default("exact"),
  )
  .showHelpAfterError("(npm run host -- --help lists the commands)")
  .addHelpText(
    "after",
    `\nExit status: 0 done, ${Exit.Failed} failed, ${Exit.Usage} wrong usage, ${Exit.Refused} refused by the camera.`,
  )
  .exitOverride();

function withCamera(work: (camera: HostCamera) => Promise<void>, options: SessionOptions = {}): Promise<void> {
  return withSession(program, openCamera, work, options);
}

async function openCamera(): Promise<HostCamera> {
  const camera = await HostCamera.open(host.opts<Wires>());
  camera.on("damaged", (error) => report(`an image was lost: ${error.message}`));
  return camera;
}

/** @throws UsageError when the text is not a JSON object */
function parseArguments(text: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`the arguments are not JSON: ${(error as Error).message}`);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new UsageError("the arguments must be a JSON object");
}

host
  .command("send")
  .description('send one command and print its answer: send get_status, send set_wifi \'{"ap_ssid":"tCam-Kiln"}\'')
  .argument("<cmd>", "the command")
  .argument("[args]", "its arguments, a JSON object", parseArguments)
  .option("--wait <seconds>", "for the answer", integer(1, 3600), 10)
  .action((cmd: string, args: object | undefined, { wait }: { wait: number }) => {
    if (cmd === "get_image" || cmd === "stream_on") throw new UsageError("images: use snapshot or stream");
    return withCamera(async ({ connection }) => print(JSON.stringify(await connection.call(cmd, args, wait * 1000))));
  });

host
  .command("snapshot")
  .description("take one image")
  .argument("<file>", "a .png, or a .tjsn as the tCam applications read it", imageFile)
  .option("--palette <name>", PALETTES.join(", "), paletteName, "ironbow")
  .action((file: string, { palette }: { palette: string }) =>
    withCamera(async (camera) => {
      const image = new ThermalImage(await camera.image());
      writeSnapshot(file, image, { palette, zoom: ZOOM });
      print(`${file}: ${summary(image)}`);
    }),
  );

interface StreamOptions {
  frames: number;
  delay: number;
  record?: string;
}

/** @param take a whole image */
function streamImages({ frames, delay }: StreamOptions, take: (text: string) => void): Promise<void> {
  return withCamera(
    async (camera) => {
      const started = performance.now();
      await stream(camera.connection, { delay, frames, signal: program.signal, line: true }, (text) => {
        take(text);
        const { metadata } = new ThermalImage(text);
        const seconds = (performance.now() - started) / 1000;
        const { whole, damaged } = camera.counts;
        print(
          `${metadata.Time}  ${text.length + 2} bytes, checksum right  ${whole} images, ${damaged} damaged, ${(whole / seconds).toFixed(1)} a second`,
        );
      });
    },
    { endsInOrder: true },
  );
}

host
  .command("stream")
  .description("read images until so many came, or until Ctrl-C")
  .option("--frames <number>", "0: no end", integer(0, MAX_MS), 0)
  .option("--delay <milliseconds>", "between images; 0 = as fast as the sensor", integer(0, MAX_MS), 0)
  .option("--record <file>", "keep them as a .tmjsn movie; a file of this name is replaced at the end")
  .action((options: StreamOptions) =>
    options.record === undefined
      ? streamImages(options, () => undefined)
      : recordMovie(program, options.record, (movie) => streamImages(options, (text) => movie.add(text))),
  );

host
  .command("update")
  .description("install a firmware image; the camera's button must be pressed once")
  .argument("<file>", "an ESP32 application image of this project or the original")
  .option("--yes", "install a version older than the one that runs without asking")
  .action((file: string, { yes = false }: { yes?: boolean }) => {
    const firmware = loadFirmware(file);
    const line = new ProgressLine();
    const listener = {
      waiting: (version: string) => print(`version ${version}: press the camera's button`),
      progress: ({ sent, total }: Progress) => line.draw(`${sent} of ${total} bytes`),
    };
    const work = async ({ connection }: HostCamera): Promise<void> => {
      await confirmVersion(connection, file, firmware, { yes, signal: program.signal });
      const verdict = await sendFirmware(connection, firmware, listener).finally(() => line.end());
      print(verdict);
    };
    return withCamera(work, { expects: [Code.Nack, Code.Update] }).finally(() => line.end());
  });

void program.run(() => host.parseAsync());
