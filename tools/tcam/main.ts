// SPDX-License-Identifier: Apache-2.0
/** `tcam`: a command-line client for tCam-Mini cameras, this project's and the original. */
import { Command } from "commander";
import { formatAddress, type Address } from "./address";
import { address, imageFile, integer, interfaceAddress, ipv4, MAX_MS, paletteName, port } from "./arguments";
import { addCciCommands } from "./cci";
import { confirmVersion } from "./confirm";
import { Code, Connection, record } from "./connection";
import { discover } from "./discover";
import { loadFirmware } from "./firmware-image";
import { ThermalImage } from "./image";
import { PALETTES } from "./palettes";
import { printable } from "./printable";
import { Exit, NoCameraError, print, Program, ProgressLine, report, UsageError } from "./program";
import { recordMovie } from "./recording";
import { type SessionOptions, withSession } from "./session";
import { type SnapshotOptions, writeSnapshot } from "./snapshot";
import { stream } from "./stream";
import { picture, Screen, summary } from "./terminal";
import { sendFirmware, type Progress } from "./update";
import { packageVersion } from "./version";
import { flagsInWords, flagsToSend, gainInWords, modelInWords, networkInWords, readWifi } from "./words";

interface Target {
  host?: Address;
  port?: number;
  interface?: string;
}

const DEFAULT_PORT = 5001;

const program = new Program("tcam");
const tcam = new Command("tcam")
  .description("Talk to a tCam-Mini thermal camera. Without --host the camera is found by mDNS.")
  .version(packageVersion(), "-V, --version", "print the version of this client")
  .option("--host <address>", "the camera's address: a name, 192.168.4.1, [::1], each with :port if need be", address)
  .option("--port <number>", `its command port, if it is not ${DEFAULT_PORT}`, port)
  .option("--interface <address>", "ask for cameras on the interface with this address only", interfaceAddress)
  .showHelpAfterError("(tcam --help lists the commands)")
  .addHelpText(
    "after",
    `\nExit status: 0 done, ${Exit.Failed} failed, ${Exit.Usage} wrong usage, ${Exit.NoCamera} no camera found, ${Exit.Refused} refused by the camera, 128 + n ended by signal n.`,
  )
  .exitOverride();

async function findCamera(): Promise<{ host: string; port: number }> {
  const { host, port: givenPort, interface: on } = tcam.opts<Target>();
  if (host !== undefined) {
    if (host.port !== undefined && givenPort !== undefined && host.port !== givenPort)
      throw new UsageError(`--host names port ${host.port}, --port ${givenPort}: which one is meant?`);
    return { host: host.host, port: host.port ?? givenPort ?? DEFAULT_PORT };
  }
  if (givenPort !== undefined) throw new UsageError("--port needs --host: a camera that is found announces its port");
  const [camera] = await discover({ first: true, interface: on });
  if (!camera) throw new NoCameraError("no camera announces itself on this network: give its address with --host");
  report(`${camera.name} at ${formatAddress(camera.host, camera.port)}`);
  return camera;
}

async function openCamera(): Promise<{ connection: Connection; close(): void }> {
  const connection = await Connection.open(await findCamera());
  return { connection, close: () => connection.close() };
}

function withCamera(work: (camera: Connection) => Promise<void>, options: SessionOptions = {}): Promise<void> {
  return withSession(program, openCamera, ({ connection }) => work(connection), options);
}

/** Prints an answer's fields, one per line. @param words descriptions of numbers, printed after them */
function printFields(fields: Record<string, unknown>, words: Record<string, string> = {}): void {
  const width = Math.max(...Object.keys(fields).map((key) => key.length));
  for (const [key, value] of Object.entries(fields)) {
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    print(`${key.padEnd(width)}  ${text}${words[key] === undefined ? "" : ` (${words[key]})`}`);
  }
}

tcam
  .command("discover")
  .description("list the cameras that announce themselves")
  .option("--wait <seconds>", "how long to listen", integer(1, 3600), 3)
  .action(async ({ wait }: { wait: number }) => {
    const { interface: on } = tcam.opts<Target>();
    const cameras = await program.unlessEnded(discover({ wait: wait * 1000, interface: on }));
    for (const camera of cameras)
      print(`${camera.name}  ${formatAddress(camera.host, camera.port)}  version ${camera.version}`);
    if (cameras.length === 0) throw new NoCameraError("no camera announces itself on this network");
  });

tcam
  .command("status")
  .description("name, model, version and clock of the camera, and what became of an update that was rolled back")
  .action(() =>
    withCamera(async (camera) => {
      const status = record((await camera.call("get_status"))["status"], "status");
      printFields(status, { Model: modelInWords(Number(status["Model"]), String(status["Version"])) });
    }),
  );

tcam
  .command("wifi")
  .description("how the camera is set up on the network (see also: wifi-set)")
  .action(() =>
    withCamera(async (camera) => {
      const wifi = record((await camera.call("get_wifi"))["wifi"], "wifi");
      printFields(wifi, { flags: flagsInWords(Number(wifi["flags"])) });
    }),
  );

tcam
  .command("config")
  .description("show the camera's settings, or change those given")
  .option("--agc <0|1>", "8-bit contrast images instead of temperatures", integer(0, 1))
  .option("--emissivity <percent>", "1–100", integer(1, 100))
  .option("--gain <mode>", "0 high, 1 low, 2 automatic", integer(0, 2))
  .action((options: { agc?: number; emissivity?: number; gain?: number }) =>
    withCamera(async (camera) => {
      const { agc: agc_enabled, emissivity, gain: gain_mode } = options;
      const change = { agc_enabled, emissivity, gain_mode };
      if (Object.values(change).some((value) => value !== undefined)) await camera.call("set_config", change);
      const config = record((await camera.call("get_config"))["config"], "config");
      printFields(config, {
        agc_enabled: config["agc_enabled"] === 0 ? "off" : "on",
        gain_mode: gainInWords(Number(config["gain_mode"])),
      });
    }),
  );

interface WifiOptions {
  apSsid?: string;
  apPw?: string;
  apIpAddr?: string;
  staSsid?: string;
  staPw?: string;
  staIpAddr?: string;
  staNetmask?: string;
  flags?: number;
  off?: true;
}

tcam
  .command("wifi-set")
  .description("change how the camera is set up on the network; it restarts its network and hangs up")
  .option("--ap-ssid <name>", "the camera's own network, and its name")
  .option("--ap-pw <password>", "8 to 63 bytes, or empty for none")
  .option("--ap-ip-addr <address>", "the camera's address in its own network", ipv4)
  .option("--sta-ssid <name>", "the network to join")
  .option("--sta-pw <password>", "8 to 63 bytes, 64 hexadecimal digits (the key itself), or empty for none")
  .option("--sta-ip-addr <address>", "the camera's static address in the network it joins", ipv4)
  .option("--sta-netmask <mask>", "and its mask", ipv4)
  .option("--flags <number>", "0 own network, 128 join a network, 144 join it with the static address", integer(0, 255))
  .option("--off", "no WiFi at all: then only the camera's button, held for 5 s, brings it back")
  .action((options: WifiOptions) => {
    if (Object.keys(options).length === 0) throw new UsageError("nothing to change: see tcam wifi-set --help");
    const { flags, off = false, ...texts } = options;
    return withCamera(async (camera) => {
      const wifi = readWifi((await camera.call("get_wifi"))["wifi"]);
      const args = {
        ap_ssid: texts.apSsid,
        ap_pw: texts.apPw,
        ap_ip_addr: texts.apIpAddr,
        sta_ssid: texts.staSsid,
        sta_pw: texts.staPw,
        sta_ip_addr: texts.staIpAddr,
        sta_netmask: texts.staNetmask,
        flags: flagsToSend({ flags, off }, wifi.flags),
      };
      const change = Object.fromEntries(Object.entries(args).filter(([, value]) => value !== undefined));
      await camera.call("set_wifi", change);
      print(`stored; the camera restarts its network: ${networkInWords({ ...wifi, ...change })}`);
    });
  });

tcam
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
      const date = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map(twoDigits).join("-");
      const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(twoDigits).join(":");
      print(`the camera's clock is set to ${date} ${time}`);
    }),
  );

const twoDigits = (value: number): string => String(value).padStart(2, "0");

tcam
  .command("snapshot")
  .description("take one image")
  .argument("<file>", "a .png, or a .tjsn as the tCam applications read it", imageFile)
  .option("--palette <name>", PALETTES.join(", "), paletteName, "ironbow")
  .option("--zoom <factor>", "PNG pixels per sensor pixel, 1 to 16", integer(1, 16), 4)
  .action((file: string, options: SnapshotOptions) =>
    withCamera(async (camera) => {
      const image = new ThermalImage(await camera.image());
      writeSnapshot(file, image, options);
      print(`${file}: ${summary(image)}`);
    }),
  );

tcam
  .command("record")
  .description("record a .tmjsn movie until Ctrl-C; a file of this name is replaced at the end")
  .argument("<file>", "the movie, as the tCam applications read it")
  .option("--frames <number>", "stop after so many images; 0: no end", integer(0, MAX_MS), 0)
  .option("--delay <milliseconds>", "between images; 0: as fast as the sensor", integer(0, MAX_MS), 0)
  .action((file: string, { frames, delay }: { frames: number; delay: number }) =>
    recordMovie(program, file, (movie) =>
      withCamera(
        async (camera) => {
          const line = new ProgressLine();
          const take = (text: string): void => {
            movie.add(text);
            line.draw(`${movie.frames} images`);
          };
          await stream(camera, { delay, frames, signal: program.signal }, take).finally(() => line.end());
        },
        { endsInOrder: true },
      ),
    ),
  );

tcam
  .command("watch")
  .description("live picture in the terminal (24-bit colour) until Ctrl-C")
  .option("--palette <name>", PALETTES.join(", "), paletteName, "ironbow")
  .option("--frames <number>", "stop after so many images; 0: no end", integer(0, MAX_MS), 0)
  .action(({ palette, frames }: { palette: string; frames: number }) =>
    withCamera(
      async (camera) => {
        process.stdout.write(Screen.enter);
        try {
          await stream(camera, { delay: 0, frames, signal: program.signal }, (text) => {
            const image = new ThermalImage(text);
            const columns = Math.min(
              process.stdout.columns ?? 80,
              Math.floor((((process.stdout.rows ?? 32) - 2) * 8) / 3),
            );
            const caption = printable(`${image.metadata.Camera} ${image.metadata.Time}  ${summary(image)}`);
            process.stdout.write(`${Screen.home}${picture(image, palette, columns)}\n\x1b[K${caption}`);
          });
        } finally {
          process.stdout.write(Screen.leave);
        }
      },
      { endsInOrder: true },
    ),
  );

tcam
  .command("ffc")
  .description("run a flat-field correction")
  .action(() =>
    withCamera(async (camera) => {
      await camera.call("run_ffc", undefined, 15_000);
      print("the flat-field correction is done");
    }),
  );

tcam
  .command("spot")
  .description("place the spotmeter: columns 0–159, rows 0–119, inclusive")
  .argument("<c1>", "first column", integer(0, 159))
  .argument("<r1>", "first row", integer(0, 119))
  .argument("<c2>", "last column", integer(0, 159))
  .argument("<r2>", "last row", integer(0, 119))
  .action((c1: number, r1: number, c2: number, r2: number) =>
    withCamera(async (camera) => {
      await camera.call("set_spotmeter", { c1, c2, r1, r2 });
      print(`the spotmeter is at columns ${c1}–${c2}, rows ${r1}–${r2}`);
    }),
  );

addCciCommands(tcam, withCamera);

function bar({ sent, total, bytesPerSecond, secondsLeft }: Progress): string {
  const width = 30;
  const done = Math.round((sent / total) * width);
  const percent = Math.floor((sent / total) * 100);
  return `[${"#".repeat(done)}${".".repeat(width - done)}] ${percent} %  ${(bytesPerSecond / 1024).toFixed(0)} KiB/s  ${Math.ceil(secondsLeft)} s left`;
}

tcam
  .command("update")
  .description("install firmware over the air; someone must press the camera's button")
  .argument("<firmware.bin>", "an ESP32 application image of this project or the original")
  .option("--yes", "install a version older than the one that runs without asking")
  .action(async (file: string, { yes = false }: { yes?: boolean }) => {
    const firmware = loadFirmware(file);
    const line = new ProgressLine();
    const listener = {
      waiting: (version: string) =>
        print(`version ${version}: press the camera's button now (the LED alternates red and green, 60 s)`),
      progress: (progress: Progress) => line.draw(bar(progress)),
    };
    const work = async (camera: Connection): Promise<void> => {
      await confirmVersion(camera, file, firmware, { yes, signal: program.signal });
      const verdict = await sendFirmware(camera, firmware, listener).finally(() => line.end());
      print(`${verdict}; the camera restarts`);
    };
    await withCamera(work, { expects: [Code.Nack, Code.Update] }).finally(() => line.end());
  });

void program.run(() => tcam.parseAsync());
