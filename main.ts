// SPDX-License-Identifier: Apache-2.0
/** The composition root: opens the parts in the order of docs/architecture.md, connects them and starts them. */
import board from "board";
import system from "platform/system";
import { DeviceTimers } from "drivers/timers/device-timers";
import { openCamera } from "modules/camera/open-camera";
import { Clock } from "modules/clock/clock";
import { createContext } from "modules/context/context";
import { cameraName, NetworkManager } from "modules/network/network";
import { WifiInterface } from "modules/network/wifi-interface";
import { CameraIdentity } from "modules/protocol/protocol";
import { selectedHardware } from "modules/server/mode-input";
import { openHardwareInterface } from "modules/server/open-hardware-interface";
import { openSessions } from "modules/server/open-sessions";
import { CLIENTS } from "modules/server/server";
import { Settings, VolatileSettings } from "modules/settings/settings";
import { openStatus } from "modules/status/open-status";
import { openFirmware } from "modules/update/firmware";
import { Trial } from "modules/update/trial";
import { Update } from "modules/update/update";
import { PLACES } from "modules/web/limits";
import { Web } from "modules/web/web";

const WATCHDOG_FEED_MS = 5_000;

const { info } = system;
const context = createContext(new DeviceTimers(), Math.random, system.log);
const { timers, startup, log } = context;
/** The sensor's power came with the board's; after any other reset it may have been on before, in any state. */
const poweredAt = info.resetCause === "power-on" ? timers.now() - info.poweredFor : undefined;
log.info(`version ${info.version} in ${info.partition}, ${board.name}, started by ${info.resetCause}`);

const firmware = openFirmware(context, board.storage, system);
const trial = Trial.open(context, firmware);
trial.start(start);

function start(): void {
  timers.repeat(() => system.feedWatchdog(), WATCHDOG_FEED_MS);
  const hardware = selectedHardware(board.hardwareInterface);
  const mode = hardware ? "hardware" : "wifi";
  const status = openStatus(context, board, mode);
  const settings = Settings.open(context, board.storage, cameraName(info.mac));

  const store = hardware ? new VolatileSettings(settings.camera) : settings.camera;
  const camera = openCamera(context, board.lepton, store, CLIENTS + PLACES.websocket, poweredAt);
  const clock = new Clock(timers);
  const network = NetworkManager.open(context, board.network, system, settings.wifi, CLIENTS);
  const update = Update.open(context, firmware, trial, camera);
  const identity = new CameraIdentity(network, camera, mode, info.version);
  const sessions = openSessions(context, { identity, camera, frames: camera, clock, network, update });
  const openWeb = (): Web => Web.open(context, board.network, system, { network, camera, update }, sessions);
  const clients = hardware
    ? openHardwareInterface(context, hardware, sessions)
    : WifiInterface.open(context, board.network, system, network, sessions, openWeb());

  trial.watch(camera, clients, sessions.commands);
  status.watch(network, clients, update);
  status.on("resetWifi", () => network.reset());
  status.on("updateButton", () => update.button());
  camera.on("firstFrame", () => log.info("first frame"));

  startup.step(clients.name, () => clients.start());
  startup.step("sensor", () => camera.start());
  status.set({ starting: false });
  startup.finish();
}
