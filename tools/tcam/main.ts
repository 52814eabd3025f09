// SPDX-License-Identifier: Apache-2.0
/** `tcam`: a command-line client for tCam-Mini cameras, this project's and the original. */
import { writeFileSync } from "node:fs";
import { Command, InvalidArgumentError } from "commander";
import { CommandFailed, Connection } from "./connection";
import { discover } from "./discover";
import { ThermalImage } from "./image";
import { PALETTES, png } from "./palettes";
import { MovieFile } from "./record";
import { picture, Screen, summary } from "./terminal";
import { update, type Progress } from "./update";

interface Target {
  host?: string;
  port: number;
  interface?: string;
}

const program = new Command("tcam")
  .description("Talk to a tCam-Mini thermal camera. Without --host the camera is found by mDNS.")
  .option("--host <address>", "the camera's address")
  .option("--port <number>", "its command port", integer, 5001)
  .option("--interface <address>", "ask for cameras on the interface with this address only")
  .showHelpAfterError("(tcam --help lists the commands)");

function integer(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isInteger(value)) throw new InvalidArgumentError(`"${text}" is not an integer.`);
  return value;
}

function paletteName(text: string): string {
  if (!PALETTES.includes(text)) throw new InvalidArgumentError(`there are ${PALETTES.join(", ")}.`);
  return text;
}

async function findCamera({ host, port, interface: address }: Target): Promise<{ host: string; port: number }> {
  if (host !== undefined) return { host, port };
  const [camera] = await discover({ first: true, interface: address });
  if (!camera) throw new Error("no camera announces itself on this network: give its address with --host");
  console.error(`${camera.name} at ${camera.host}:${camera.port}`);
  return camera;
}

async function withCamera<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.open(await findCamera(program.opts<Target>()));
  try {
    return await work(connection);
  } finally {
    connection.close();
  }
}

/** Prints an answer's fields, one a line. */
function print(fields: unknown): void {
  const entries = Object.entries(fields as Record<string, unknown>);
  const width = Math.max(...entries.map(([key]) => key.length));
  for (const [key, value] of entries) console.log(`${key.padEnd(width)}  ${String(value)}`);
}

program
  .command("discover")
  .description("list the cameras that announce themselves")
  .option("--wait <seconds>", "how long to listen", integer, 3)
  .action(async ({ wait }: { wait: number }) => {
    const cameras = await discover({ wait: wait * 1000, interface: program.opts<Target>().interface });
    for (const { name, host, port, version } of cameras) console.log(`${name}  ${host}:${port}  version ${version}`);
    if (cameras.length === 0) throw new Error("no camera announces itself on this network");
  });

program
  .command("status")
  .description("name, model, version and clock of the camera, and what became of an update that was rolled back")
  .action(() => withCamera(async (camera) => print((await camera.call("get_status"))["status"])));

program
  .command("wifi")
  .description("how the camera is set up on the network (see also: wifi-set)")
  .action(() => withCamera(async (camera) => print((await camera.call("get_wifi"))["wifi"])));

program
  .command("config")
  .description("show the camera's settings, or change those given")
  .option("--agc <0|1>", "8-bit contrast images instead of temperatures", integer)
  .option("--emissivity <percent>", "1–100", integer)
  .option("--gain <mode>", "0 high, 1 low, 2 auto", integer)
  .action((options: { agc?: number; emissivity?: number; gain?: number }) =>
    withCamera(async (camera) => {
      const { agc: agc_enabled, emissivity, gain: gain_mode } = options;
      const change = { agc_enabled, emissivity, gain_mode };
      if (Object.values(change).some((value) => value !== undefined)) await camera.call("set_config", change);
      print((await camera.call("get_config"))["config"]);
    }),
  );

program
  .command("wifi-set")
  .description("change how the camera is set up on the network; it restarts its network and hangs up")
  .option("--ap-ssid <name>", "the camera's own network, and its name")
  .option("--ap-pw <password>", "8–63 bytes, or empty for none")
  .option("--ap-ip-addr <address>")
  .option("--sta-ssid <name>", "the network to join")
  .option("--sta-pw <password>", "8–63 bytes, or its WPA2 key as 64 hexadecimal digits, or empty for none")
  .option("--sta-ip-addr <address>")
  .option("--sta-netmask <mask>")
  .option("--flags <number>", "128 join a network + 16 static address + 1 WiFi on", integer)
  .action((options: Record<string, string | number>) =>
    withCamera(async (camera) => {
      const args = Object.fromEntries(
        Object.entries(options).map(([key, value]) => [key.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`), value]),
      );
      if (Object.keys(args).length === 0) throw new Error("nothing to change: see tcam wifi-set --help");
      await camera.call("set_wifi", args);
      console.log("stored; the camera restarts its network");
    }),
  );

program
  .command("set-time")
  .description("set the camera's clock to this computer's local time")
  .action(() =>
    withCamera(async (camera) => {
      const now = new Date();
      await camera.call("set_time", {
        sec: now.getSeconds(),
        min: now.getMinutes(),
        hour: now.getHours(),
        dow: now.getDay() + 1,
        day: now.getDate(),
        mon: now.getMonth() + 1,
        year: now.getFullYear() - 1970,
      });
    }),
  );

program
  .command("snapshot <file>")
  .description("take one image: a .png, or a .tjsn as the tCam applications read it")
  .option("--palette <name>", PALETTES.join(", "), paletteName, "ironbow")
  .option("--zoom <factor>", "PNG pixels per sensor pixel", integer, 4)
  .action((file: string, { palette, zoom }: { palette: string; zoom: number }) =>
    withCamera(async (camera) => {
      if (!/\.(png|tjsn)$/.test(file)) throw new Error(`${file}: the name must end in .png or .tjsn`);
      if (zoom < 1 || zoom > 16) throw new Error("--zoom goes from 1 to 16");
      const image = new ThermalImage(await camera.image());
      writeFileSync(file, file.endsWith(".tjsn") ? image.text : png(image, palette, zoom));
      console.log(`${file}: ${summary(image)}`);
    }),
  );

/** Streams until `frames` images came, Ctrl-C, or the camera is gone. `take` throwing ends it too. */
function stream(camera: Connection, delay: number, frames: number, take: (text: string) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let count = 0;
    const end = (error?: Error): void => {
      process.off("SIGINT", stop);
      camera.off("image", onImage);
      if (error) reject(error);
      else resolve();
    };
    const stop = (): void => end();
    const onImage = (text: string): void => {
      try {
        take(text);
        if (++count === frames) end();
      } catch (error) {
        end(error as Error);
      }
    };
    process.on("SIGINT", stop);
    camera.on("image", onImage);
    camera.on("close", (error) => end(error ?? new Error("the camera hung up")));
    camera.call("stream_on", { delay_msec: delay, num_frames: frames }).catch(end);
  });
}

program
  .command("record <file>")
  .description("record a .tmjsn movie until Ctrl-C")
  .option("--frames <number>", "stop after so many images", integer, 0)
  .option("--delay <milliseconds>", "between images; 0 = as fast as the sensor", integer, 0)
  .action((file: string, { frames, delay }: { frames: number; delay: number }) =>
    withCamera(async (camera) => {
      const movie = new MovieFile(file);
      try {
        await stream(camera, delay, frames, (text) => {
          movie.add(text);
          process.stderr.write(`\r${movie.frames} images `);
        });
      } finally {
        movie.close();
        process.stderr.write("\n");
      }
      console.log(`${file}: ${movie.frames} images`);
    }),
  );

program
  .command("watch")
  .description("live picture in the terminal (24-bit colour) until Ctrl-C")
  .option("--palette <name>", PALETTES.join(", "), paletteName, "ironbow")
  .option("--frames <number>", "stop after so many images", integer, 0)
  .action(({ palette, frames }: { palette: string; frames: number }) =>
    withCamera(async (camera) => {
      process.stdout.write(Screen.enter);
      try {
        await stream(camera, 0, frames, (text) => {
          const image = new ThermalImage(text);
          const columns = Math.min(
            process.stdout.columns ?? 80,
            Math.floor((((process.stdout.rows ?? 32) - 2) * 8) / 3),
          );
          process.stdout.write(
            `${Screen.home}${picture(image, palette, columns)}\n\x1b[K${image.metadata.Camera} ${image.metadata.Time}  ${summary(image)}`,
          );
        });
      } finally {
        process.stdout.write(Screen.leave);
      }
    }),
  );

program
  .command("ffc")
  .description("run a flat-field correction")
  .action(() => withCamera(async (camera) => void (await camera.call("run_ffc", undefined, 15_000))));

program
  .command("spot <c1> <r1> <c2> <r2>")
  .description("place the spotmeter: columns 0–159, rows 0–119, inclusive")
  .action((...values: unknown[]) =>
    withCamera(async (camera) => {
      const [c1, r1, c2, r2] = values.slice(0, 4).map((value) => integer(String(value)));
      await camera.call("set_spotmeter", { c1, c2, r1, r2 });
    }),
  );

const cci = program.command("cci").description("read and write the Lepton's command interface");

function printCci(answer: unknown): void {
  const { status, data } = answer as { status: number; data?: string };
  const result = (status << 16) >> 24;
  console.log(`status 0x${status.toString(16).padStart(4, "0")}, result ${result}`);
  if (data !== undefined) {
    const bytes = Buffer.from(data, "base64");
    const words = Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16LE(2 * i));
    console.log(words.map((word) => `0x${word.toString(16).padStart(4, "0")}`).join(" "));
  }
}

cci
  .command("get <command> <words>")
  .description("for example: tcam cci get 0x4ec0 2")
  .action((command: string, words: string) =>
    withCamera(async (camera) => {
      const args = { command: integer(command), length: integer(words) };
      printCci((await camera.call("get_lep_cci", args))["cci_reg"]);
    }),
  );

cci
  .command("set <command> [word...]")
  .description("for example: tcam cci set 0x4ec1 1 0; no words: run the command")
  .action((command: string, words: string[]) =>
    withCamera(async (camera) => {
      const data = Buffer.alloc(2 * words.length);
      words.forEach((word, i) => data.writeUInt16LE(integer(word), 2 * i));
      const args = {
        command: integer(command),
        length: words.length,
        ...(words.length && { data: data.toString("base64") }),
      };
      printCci((await camera.call("set_lep_cci", args))["cci_reg"]);
    }),
  );

function bar({ sent, total, bytesPerSecond, secondsLeft }: Progress): string {
  const width = 30;
  const done = Math.round((sent / total) * width);
  const percent = Math.floor((sent / total) * 100);
  return `[${"#".repeat(done)}${".".repeat(width - done)}] ${percent} %  ${(bytesPerSecond / 1024).toFixed(0)} KiB/s  ${Math.ceil(secondsLeft)} s left`;
}

program
  .command("update <firmware.bin>")
  .description("install firmware over the air; someone must press the camera's button")
  .action((file: string) =>
    withCamera(async (camera) => {
      const verdict = await update(camera, file, {
        waiting: (version) =>
          console.log(`version ${version}: press the camera's button now (the LED alternates red and green, 60 s)`),
        progress: (progress) => process.stderr.write(`\r${bar(progress)}\x1b[K`),
      });
      process.stderr.write("\n");
      console.log(`${verdict}; the camera restarts`);
    }),
  );

program.parseAsync().catch((error: Error) => {
  console.error(`tcam: ${error.message}`);
  process.exitCode = error instanceof CommandFailed ? 2 : 1;
});
