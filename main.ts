// SPDX-License-Identifier: Apache-2.0
/** The composition root: constructs the parts, connects them and starts them. No other module imports all parts. */
import board from "board";
import Digital from "embedded:io/digital";
import I2C from "embedded:io/i2c";
import Serial from "embedded:io/serial";
import Listener from "embedded:io/socket/listener";
import TCP from "embedded:io/socket/tcp";
import UDP from "embedded:io/socket/udp";
import WiFi from "embedded:network/interface/wifi";
import KeyValue from "embedded:storage/key-value";
import Flash from "embedded:storage/flash";
import AccessPoint from "platform/access-point";
import system from "platform/system";
import updateKey from "update/key";
import { Button } from "drivers/button/button";
import { HostSPI } from "drivers/host-spi/host-spi";
import { SPIImageOutput } from "drivers/host-spi/image-output";
import { Led } from "drivers/led/led";
import { Lepton } from "drivers/lepton/lepton";
import { DeviceTimers } from "drivers/timers/device-timers";
import { VoSPI } from "drivers/vospi/vospi";
import { Camera } from "modules/camera/camera";
import type { FrameSink } from "modules/camera/frame";
import { Clock } from "modules/clock/clock";
import { ImageEncoder } from "modules/image/image";
import { createLog } from "modules/log/log";
import { Discovery } from "modules/network/discovery";
import { cameraName, NetworkManager } from "modules/network/network";
import { Base64 } from "modules/protocol/base64";
import { Commands, type Services } from "modules/protocol/protocol";
import { engineText } from "modules/protocol/text";
import {
  CLIENTS,
  Executor,
  HardwareInterface,
  PORT,
  Server,
  SessionMemory,
  type SessionEnvironment,
} from "modules/server/server";
import { FLAG_ENABLED, Settings, VolatileSettings } from "modules/settings/settings";
import { Startup } from "modules/status/startup";
import { Status, type FaultSink } from "modules/status/status";
import { Notices } from "modules/update/notices";
import { createSignatureCheck } from "modules/update/signature";
import { imageFlash } from "modules/update/slots";
import { Trial } from "modules/update/trial";
import { Update } from "modules/update/update";

/** `Model`, bits 7:0 (interface) and 18 (over-the-air update). The sensor adds bits 9:8. */
const MODEL_WIFI = 2;
const MODEL_HARDWARE = 3;
const MODEL_OTA = 1 << 18;
/** Frame slots: one per client, the newest, one being filled, one waiting. */
const FRAME_SLOTS = CLIENTS + 3;
const WATCHDOG_FEED_MS = 5_000;

const timers = new DeviceTimers();
const log = createLog("main", () => timers.now(), system.log);
const startup = new Startup(() => timers.now(), log);
const { info } = system;
log.info(`version ${info.version} in ${info.partition}, ${board.name}, started by ${info.resetCause}`);

const notices = Notices.open(KeyValue, log.part("update"));
const loadVerify = async () => (await import("modules/update/signature/ed25519")).verify;
const checkSignature = createSignatureCheck(imageFlash(Flash, info.partition), updateKey, loadVerify);
if (checkSignature) log.info("updates must be signed");
const trial = new Trial({ system, timers, log: log.part("update"), notices, checkSignature });
trial.start(start);

/** Reads the mode input once, at start. The interface cannot change while the camera runs. */
function hardwareInterfaceChosen(): boolean {
  if (!board.hardwareInterface) return false;
  const { mode } = board.hardwareInterface;
  const pin = new Digital({ pin: mode.pin, mode: mode.pullUp ? Digital.InputPullUp : Digital.Input });
  const low = pin.read() === 0;
  pin.close();
  return low;
}

function start(): void {
  timers.repeat(() => system.feedWatchdog(), WATCHDOG_FEED_MS);
  const hardware = hardwareInterfaceChosen();
  const status = openStatus(
    hardware,
    () => network.reset(),
    () => update.button(),
  );
  const settings = startup.step("settings", () => openSettings(status));
  const camera = startup.step("camera", () =>
    openCamera(hardware ? new VolatileSettings(settings.camera) : settings.camera, sensorFaults(status)),
  );
  const update = createUpdate(status);
  const discovery = new Discovery({
    udp: UDP,
    timers,
    log: log.part("discovery"),
    random: () => Math.random(),
    version: info.version,
  });
  const network = createNetwork(settings, status, (address) => serveAt(address, network, server, discovery));
  const environment = createEnvironment(createServices(hardware, camera, network, update));
  const server = hardware ? undefined : createServer(environment, status, network);
  if (server) startup.step("network", () => network.start());
  else startup.step("hardware interface", () => startHardwareInterface(environment, status));
  if (!server || (settings.wifi.read().flags & FLAG_ENABLED) === 0) trial.networkUp();
  startup.step("sensor", () => camera.start());
  status.set({ starting: false });
  startup.finish();
}

/** Opens LED and button, and connects the button's actions. */
function openStatus(hardware: boolean, onResetWifi: () => void, onUpdateButton: () => void): Status {
  const led = new Led({
    red: { io: Digital, pin: board.led.red },
    green: { io: Digital, pin: board.led.green },
    timers,
  });
  const status = new Status({
    led,
    log: log.part("status"),
    interface: hardware ? "hardware" : "wifi",
    onResetWifi,
    onApproveUpdate: onUpdateButton,
    onAbortUpdate: onUpdateButton,
  });
  const onPress = (press: "short" | "long"): void => status.press(press);
  startup.step("button", () => new Button({ io: Digital, ...board.button, timers, onPress }));
  return status;
}

function openSettings(status: Status): Settings {
  return new Settings({
    storage: KeyValue,
    cameraName: cameraName(info.mac),
    log: log.part("settings"),
    faults: status.sink("settings"),
  });
}

function createUpdate(status: Status): Update {
  return new Update({
    flash: Flash,
    system,
    timers,
    log: log.part("update"),
    faults: status.sink("update"),
    notices,
    checkSignature,
    onTrial: () => trial.running,
    onStage: (stage) => status.set({ update: stage }),
  });
}

function createNetwork(
  settings: Settings,
  status: Status,
  onAddress: (address: string | undefined) => void,
): NetworkManager {
  return new NetworkManager({
    wifi: WiFi,
    accessPoint: AccessPoint,
    settings: settings.wifi,
    defaults: settings.wifi.defaults,
    stations: CLIENTS,
    timers,
    log: log.part("network"),
    faults: status.sink("network"),
    powerSave: (enabled) => system.powerSave(enabled),
    onJoined: (joined) => status.set({ joined }),
    onReset: (resetting) => status.set({ resetting }),
    onAddress,
  });
}

/** Sets the address at which clients can reach the camera, or none. */
function serveAt(
  address: string | undefined,
  network: NetworkManager,
  server: Server | undefined,
  discovery: Discovery,
): void {
  if (address === undefined) {
    discovery.update(undefined);
    server?.stop();
    return;
  }
  trial.networkUp();
  server?.start();
  discovery.update({ name: network.name, ...system.endpoint(address, PORT) });
}

function createServices(hardware: boolean, camera: Camera, network: NetworkManager, update: Update): Services {
  return {
    identity: {
      get camera() {
        return network.name;
      },
      get model() {
        return (hardware ? MODEL_HARDWARE : MODEL_WIFI) | camera.modelBits | MODEL_OTA;
      },
      version: info.version,
    },
    camera,
    frames: camera,
    clock: new Clock(timers),
    network,
    update,
  };
}

function createEnvironment(services: Services): SessionEnvironment {
  return {
    services,
    commands: new Commands(services, Base64, log.part("protocol"), (command) => {
      if (command === "get_status") trial.prove();
    }),
    executor: new Executor(),
    text: engineText,
    timers,
    log: log.part("server"),
  };
}

function createServer(environment: SessionEnvironment, status: Status, network: NetworkManager): Server {
  return new Server({
    ...environment,
    Listener,
    TCP,
    faults: status.sink("server"),
    createEncoder: () => new ImageEncoder(),
    onClients: (clients) => status.set({ clients }),
    onStreaming: (streaming) => void (network.streaming = streaming),
  });
}

/** A missing sensor does not fail the trial. */
function sensorFaults(status: Status): FaultSink {
  const sink = status.sink("sensor");
  return {
    raise: (fault, reason) => {
      sink.raise(fault, reason);
      trial.sensorKnown();
    },
    clear: (fault) => sink.clear(fault),
  };
}

function openCamera(store: ConstructorParameters<typeof Camera>[0]["store"], faults: FaultSink): Camera {
  const { i2c, spi, vsync, reset } = board.lepton;
  const released = reset?.active === 1 ? 0 : 1;
  const resetPin = reset && new Digital({ pin: reset.pin, mode: Digital.Output, initialValue: released });
  const camera = new Camera({
    store,
    timers,
    log: log.part("camera"),
    faults,
    reset: resetPin && { write: (held) => resetPin.write(held === released ? 0 : 1) },
    openLepton: () => new Lepton({ sensor: { io: I2C, ...i2c }, timers }),
    openVoSPI: (callbacks) => new VoSPI({ spi, vsync, slots: FRAME_SLOTS, ...callbacks }),
  });
  const first: FrameSink = {
    offer: () => {
      camera.unsubscribe(first);
      log.info("first frame");
      trial.sensorKnown();
    },
  };
  camera.subscribe(first);
  return camera;
}

function startHardwareInterface(environment: SessionEnvironment, status: Status): void {
  if (!board.hardwareInterface) return;
  const { serial, spi } = board.hardwareInterface;
  const imageOutput = new SPIImageOutput({
    io: HostSPI,
    ...spi,
    timers,
    onState: (reason) => hardware.onImageOutput(reason),
  });
  const hardware = new HardwareInterface({
    ...environment,
    Serial,
    line: serial,
    imageOutput,
    // Images go to the SPI slave, so the session needs no scratch memory.
    memory: new SessionMemory(new ImageEncoder(), new Uint8Array(0)),
    faults: status.sink("hardware interface"),
  });
  hardware.start();
}
