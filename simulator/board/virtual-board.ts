// SPDX-License-Identifier: Apache-2.0
/** The virtual tCam-Mini board: its parts, and how they are wired. */
import { join } from "node:path";
import { type AlarmHandle, Lepton, type LeptonOptions } from "../lepton";
import { digitalOpener } from "./channels/digital";
import { flashOpener } from "./channels/flash";
import { HostSpiBus, hostSpiOpener } from "./channels/host-spi";
import { i2cOpener } from "./channels/i2c";
import { keyValueOpener } from "./channels/key-value";
import { type PanelHost, panelOpener } from "./channels/panel";
import { radioOpener } from "./channels/radio";
import { SerialPort, serialOpener } from "./channels/serial";
import { spiOpener } from "./channels/spi";
import { unknownMessage } from "./channels/requests";
import { systemOpener } from "./channels/system";
import { type Announced, tcpListenerOpener, tcpOpener } from "./channels/tcp";
import { udpOpener } from "./channels/udp";
import type { Launch } from "./firmware-process";
import { Pin } from "./gpio";
import { Journal } from "./journal";
import { Led } from "./led";
import { BoardLink, type Opener } from "./link";
import { Chip, type ResetCause } from "./esp32";
import { VirtualNetwork } from "./network/network";
import { PacedClock, Pacer, type RealTime, type Speed, systemTime } from "./pacer";
import { type BoardPins, TCAM_MINI_REV4 } from "./pins";
import { Radio } from "./radio";
import { Random, seededRandom } from "../lepton";
import { makeFolder } from "./storage/disk";
import { Flash, type Partition, type PartitionLabel } from "./storage/flash";
import { makeFirmwareImage } from "./storage/firmware-image";
import { FlashChip, type FlashTimes, TYPICAL_FLASH } from "./storage/flash-chip";
import { KeyValueStore } from "./storage/key-value-store";
import { OtaData } from "./storage/ota-data";
import { PowerCut } from "./storage/power-cut";

/** The mode jumper: WiFi, or the hardware interface over the serial port. */
export type Mode = "wifi" | "serial";

export interface VirtualBoardOptions {
  /** Folder of the camera's storage; made if missing. */
  readonly dataDirectory: string;
  /** `major.minor`: the version of the firmware image in the factory partition. */
  readonly version: string;
  readonly launch: Launch;
  /** Called when the last connection of the firmware to the board has ended. */
  readonly onFirmwareGone?: () => void;
  /** Options of the emulated sensor, except its clock and log. */
  readonly lepton: Omit<LeptonOptions, "clock" | "log">;
  readonly mode?: Mode;
  readonly speed?: Speed;
  readonly seed?: number;
  /** Base (station) address. */
  readonly mac?: string;
  /**
   * Flash operations take as long as on the chip, and stop a firmware in lock-step: `true` for those of TYPICAL_FLASH.
   * Default false.
   */
  readonly flashTiming?: boolean | FlashTimes;
  /** Carry the firmware's TCP and UDP over the board link. Default false: it uses this computer's. */
  readonly network?: boolean;
  readonly pins?: BoardPins;
  readonly real?: RealTime;
}

/** Real milliseconds. */
const SLIP_LOG_INTERVAL = 60_000;

/** Separates the seeds of the firmware's starts from other random numbers of the board. */
const STARTS = 0x57a27;

const DEFAULT_MAC = "c4:dd:57:00:ef:b4";

export class VirtualBoard {
  readonly clock = new PacedClock();
  readonly pacer: Pacer;
  readonly journal: Journal;
  readonly lepton: Lepton;
  readonly led: Led;
  readonly radio: Radio;
  readonly serial: SerialPort;
  readonly hostSpi: HostSpiBus;
  readonly network: VirtualNetwork;
  readonly cut = new PowerCut();
  readonly keyValue: KeyValueStore;
  readonly flash: Flash;
  readonly flashChip: FlashChip;
  /** Size in bytes, and as a fault the offset of a byte whose bit 0 is always 1. Only the self-test asks for it. */
  psram: { bytes: number; stuckByte?: number } = { bytes: 4 << 20 };
  readonly ota: OtaData;
  readonly chip: Chip;
  readonly link: BoardLink;
  readonly mac: string;
  /** Where clients reach the firmware's TCP ports: `endpoint-PORT` is `address[,address…]:port`. */
  endpoints: () => Readonly<Record<`endpoint-${number}`, string>> = () => ({});
  readonly #pins: BoardPins;
  readonly #gpio: ReadonlyMap<number, Pin>;
  readonly #options: VirtualBoardOptions;
  #restore: AlarmHandle | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws DiskError */
  constructor(options: VirtualBoardOptions) {
    this.#options = options;
    this.#pins = options.pins ?? TCAM_MINI_REV4;
    this.mac = options.mac ?? DEFAULT_MAC;
    const seed = options.seed ?? 1;
    const random = seededRandom(seed);
    const starts = new Random(seed ^ STARTS);
    this.pacer = new Pacer(this.clock, options.speed ?? 1, options.real ?? systemTime);
    this.journal = new Journal(() => this.clock.now());
    const logLepton = (text: string): void => this.journal.log("I", "lepton", text);
    this.lepton = new Lepton({ ...options.lepton, clock: this.clock, log: logLepton });
    this.#gpio = makePins(this.#pins);
    this.led = new Led(this.#pin(this.#pins.ledRed), this.#pin(this.#pins.ledGreen), this.clock);
    this.radio = new Radio(this.clock, nextMac(this.mac));
    this.serial = new SerialPort(this.pacer);
    this.hostSpi = new HostSpiBus(this.pacer, random);
    this.network = new VirtualNetwork(this.pacer, seededRandom(options.seed ?? 1));
    makeFolder(options.dataDirectory);
    const { flashTiming } = options;
    this.flashChip = new FlashChip({
      clock: this.clock,
      times: flashTiming === true ? TYPICAL_FLASH : flashTiming || undefined,
      stop: (until) => this.pacer.firmware.stopUntil(until),
    });
    this.keyValue = new KeyValueStore(join(options.dataDirectory, "key-value.json"), this.cut, this.flashChip);
    this.flash = new Flash(join(options.dataDirectory, "flash"), this.cut, random, this.flashChip);
    this.ota = new OtaData(this.flash);
    this.link = new BoardLink(
      this.#openers(),
      this.pacer.firmware,
      () => this.clock.now(),
      () => starts.uint32(),
    );
    this.chip = new Chip({
      pacer: this.pacer,
      journal: this.journal,
      ota: this.ota,
      launch: options.launch,
      disconnect: (accept) => {
        this.link.accepting = accept;
        this.link.disconnect();
      },
    });
    this.#wire();
  }

  /** Opens the board link at `path` and switches the power on. Rejects with DiskError or the system's error. */
  async start(path: string): Promise<void> {
    this.link.accepting = false;
    await this.link.listen(path);
    if (this.keyValue.damage !== undefined) this.journal.log("W", "board", this.keyValue.damage);
    this.#flashFactory();
    this.mode = this.#options.mode ?? "wifi";
    this.pacer.start();
    await this.powerOn();
  }

  /** Ends everything; resolves when the firmware's process has ended. A second call returns the same promise. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    await this.powerOff();
    this.pacer.stop();
    this.hostSpi.close();
    await this.link.close();
    this.flash.close();
  }

  get mode(): Mode {
    return this.#pin(this.#pins.mode).level === 1 ? "wifi" : "serial";
  }
  /** Sets the mode jumper, which the firmware reads at its start. */
  set mode(mode: Mode) {
    this.#pin(this.#pins.mode).pull(mode === "wifi" ? undefined : 0);
  }

  /** A fault: a short circuit holds a pin; undefined removes it. */
  short(pin: "ledRed" | "ledGreen" | "mode", level: 0 | 1 | undefined): void {
    this.#pin(this.#pins[pin]).short(level);
  }

  get powered(): boolean {
    return this.chip.state !== "off";
  }

  /** Switches the power on; resolves when the firmware has been started. */
  async powerOn(): Promise<void> {
    this.#cancelRestore();
    if (this.powered) return;
    this.pacer.sync();
    this.lepton.power(true);
    await this.chip.powerOn();
  }

  /** Cuts the power; resolves when the firmware's process has ended. */
  async powerOff(): Promise<void> {
    this.#cancelRestore();
    this.pacer.sync();
    if (this.powered) this.lepton.power(false);
    await this.chip.powerOff();
  }

  /** Resets the chip; resolves when the firmware has been started again. */
  async reset(cause: ResetCause = "reset-pin"): Promise<void> {
    this.pacer.sync();
    await this.chip.reset(cause);
  }

  get buttonDown(): boolean {
    return this.#pin(this.#pins.button).level === 0;
  }
  set buttonDown(down: boolean) {
    this.pacer.sync();
    this.#pin(this.#pins.button).pull(down ? 0 : undefined);
    this.journal.event("button", { down });
  }

  /**
   * The fault of a program that stands still: for so long nothing reaches the firmware and nothing comes from it, while time passes.
   * Only in lock-step.
   * @param ms of board time; Infinity: until a reset
   */
  firmwareStalls(ms: number): void {
    this.pacer.firmware.stall(ms * 1000);
  }

  /** Presses the button for `ms` of board time; resolves when it is released. */
  press(ms: number): Promise<void> {
    this.buttonDown = true;
    return new Promise((resolve) => {
      this.clock.alarm(this.clock.now() + ms * 1000, () => {
        this.buttonDown = false;
        resolve();
      });
    });
  }

  /** Milliseconds from a cut by `cut` to the return of the power; undefined: it stays off. */
  restoreAfter: number | undefined;

  #cancelRestore(): void {
    if (this.#restore) this.clock.cancel(this.#restore);
    this.#restore = undefined;
  }

  #panelHost(): PanelHost {
    const { led, chip, clock } = this;
    const pins = [this.#pins.button, this.#pins.mode].map((number) => this.#pin(number).changed);
    return {
      board: this,
      changes: [led.changed, chip.changed, ...pins],
      after: (ms, callback) => void clock.alarm(clock.now() + ms * 1000, callback),
    };
  }

  #wire(): void {
    this.link.beside = new Map([["panel", panelOpener(this.#panelHost())]]);
    if (this.#options.network) this.link.lockStepAnswer = { network: "virtual" };
    this.link.onTraffic = () => this.pacer.sync();
    this.link.onPrint = (line) => this.journal.firmware(line);
    this.pacer.onSlip = (ms) => this.#logSlip(ms);
    this.pacer.firmware.onHang = () =>
      this.journal.log("E", "board", "the firmware has used 5 s of CPU time without waiting: time goes on without it");
    this.link.onFault = (text) => this.journal.log("E", "board", text);
    this.link.onIdle = () => this.#options.onFirmwareGone?.();
    const reset = this.#pin(this.#pins.leptonReset);
    reset.changed.subscribe((level) => this.lepton.reset(level === 1));
    this.led.changed.subscribe(({ board, color }) => this.journal.event("led", { board, color }));
    this.radio.changed.subscribe((event) => this.journal.event("radio", { radio: event }));
    this.cut.onCut = (kind) => {
      this.journal.log("W", "board", `the power was cut inside a ${kind} operation`);
      const restore = this.restoreAfter;
      void this.powerOff();
      if (restore !== undefined)
        this.#restore = this.clock.alarm(this.clock.now() + restore * 1000, () => void this.powerOn());
    };
  }

  #slipLogged = -Infinity;

  /** A computer that is too slow for the speed slips all the time. */
  #logSlip(ms: number): void {
    const now = (this.#options.real ?? systemTime).now();
    if (now - this.#slipLogged < SLIP_LOG_INTERVAL) return;
    this.#slipLogged = now;
    const total = Math.round(this.pacer.slipped);
    this.journal.log("W", "board", `real time: ${Math.round(ms)} ms are not caught up, ${total} ms since the start`);
  }

  #openers(): ReadonlyMap<string, Opener> {
    const { i2c, spi, serial, hostSpi } = this.#pins;
    const announced: Announced = new Map();
    return new Map<string, Opener>([
      ["system", systemOpener(this.#systemHost())],
      ["i2c", i2cOpener(i2c, this.lepton)],
      ["spi", spiOpener(spi, this.lepton, this.pacer, () => this.journal.frame(() => this.lepton.frame))],
      ["digital", digitalOpener(this.#gpio)],
      ["serial", serialOpener(serial, this.serial)],
      ["host-spi", hostSpiOpener(hostSpi, this.hostSpi)],
      ["key-value", keyValueOpener(this.keyValue, this.flashChip)],
      ["flash", flashOpener(this.#flashOptions())],
      ["psram", () => ({ answer: this.psram, onMessage: unknownMessage, onClose: () => undefined })],
      ["radio", radioOpener(this.radio, this.mac, this.clock)],
      ["tcp-listener", tcpListenerOpener(this.network, announced)],
      ["tcp", tcpOpener(this.network, announced)],
      ["udp", udpOpener(this.network)],
    ]);
  }

  #systemHost(): Parameters<typeof systemOpener>[0] {
    const running = (): PartitionLabel => this.chip.choice?.label ?? "factory";
    return {
      flash: this.flashChip,
      describe: () => {
        const { chip } = this;
        return {
          mac: this.mac,
          resetCause: chip.cause,
          partition: running(),
          version: chip.choice?.image.version ?? "",
          project: chip.choice?.image.project ?? "",
          trial: chip.choice?.trial ?? false,
          crashes: chip.crashes,
          ...this.endpoints(),
        };
      },
      select: (label) => {
        if (label === "otadata" || !this.flash.find(label)) return `no such partition: ${label}`;
        return this.ota.select(label as PartitionLabel);
      },
      markValid: () => this.chip.markValid(),
      image: (label) => {
        if (label === "otadata" || !this.flash.find(label)) return undefined;
        const image = this.ota.image(label as PartitionLabel);
        if (typeof image === "string") return { version: "", project: "", length: 0, valid: false };
        return { version: image.version, project: image.project, length: image.size, valid: true };
      },
      feedWatchdog: () => this.chip.feedWatchdog(),
      clearCrashes: () => this.chip.clearCrashes(),
    };
  }

  #flashOptions(): Parameters<typeof flashOpener>[0] {
    const running = (): PartitionLabel => this.chip.choice?.label ?? "factory";
    return {
      chip: this.flashChip,
      partition: (path) => {
        if (path === "running") return this.flash.partition(running());
        if (path === "nextota") return this.flash.partition(this.ota.next(running()));
        return this.flash.find(path);
      },
      isRunning: (partition: Partition) => partition.label === running(),
    };
  }

  /** Writes the built version to the factory partition, as a programming cable would. */
  #flashFactory(): void {
    const { version } = this.#options;
    const image = this.ota.image("factory");
    if (typeof image !== "string" && image.version === version) return;
    this.flash.partition("factory").flashByCable(makeFirmwareImage({ version }));
    this.journal.log("I", "board", `version ${version} was put into the factory partition`);
  }

  #pin(number: number): Pin {
    return this.#gpio.get(number) as Pin;
  }
}

function makePins(pins: BoardPins): ReadonlyMap<number, Pin> {
  const low = [pins.ledRed, pins.ledGreen, pins.leptonReset];
  const high = [pins.button, pins.mode];
  return new Map([
    ...low.map((number): [number, Pin] => [number, new Pin(number, 0)]),
    ...high.map((number): [number, Pin] => [number, new Pin(number, 1)]),
  ]);
}

/** The soft-AP's address: one higher in the last byte, without carry. */
function nextMac(mac: string): string {
  const bytes = mac.split(":");
  const last = (parseInt(bytes[5] as string, 16) + 1) & 0xff;
  return [...bytes.slice(0, 5), last.toString(16).padStart(2, "0")].join(":");
}
