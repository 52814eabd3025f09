// SPDX-License-Identifier: Apache-2.0
/**
 * Boot choice: the two entries of `otadata`, a sector each, with a sequence number and its CRC, as ESP-IDF's bootloader
 * and esp_ota_ops keep them (rollback enabled). The entry with the higher number counts; a new one goes to the other
 * sector, so a power cut leaves a usable entry.
 */
import { crc32 } from "node:zlib";
import { inspectFirmwareImage, type FirmwareImageInfo } from "./firmware-image";
import { type Flash, type Partition, type PartitionLabel, SECTOR } from "./flash";

/** esp_ota_img_states_t. */
enum FirmwareState {
  New = 0,
  PendingVerify = 1,
  Valid = 2,
  Invalid = 3,
  Aborted = 4,
  Undefined = 0xffffffff,
}

const ENTRY = 32;
const SEQUENCE_AT = 0;
const STATE_AT = 24;
const CRC_AT = 28;
const EMPTY = 0xffffffff;
const SLOTS: readonly PartitionLabel[] = ["ota_0", "ota_1"];

interface Entry {
  readonly sequence: number;
  readonly state: FirmwareState;
  readonly crc: number;
}

/** The partition that boots. */
export interface BootChoice {
  readonly label: PartitionLabel;
  readonly image: FirmwareImageInfo;
  /** Pending verification: rolled back at the next start unless marked valid. */
  readonly trial: boolean;
}

export class OtaData {
  readonly #flash: Flash;
  readonly #data: Partition;

  constructor(flash: Flash) {
    this.#flash = flash;
    this.#data = flash.partition("otadata");
  }

  /**
   * The bootloader's part at every start: aborts an unconfirmed trial, starts the trial of a new firmware image, and falls
   * back to another partition when the chosen one has no valid firmware image.
   * @param log receives a line for a rollback and for a firmware image that cannot run
   * @returns undefined when no partition has a firmware image that can run
   * @throws PowerLost
   */
  boot(log: (text: string) => void): BootChoice | undefined {
    this.#abortUnconfirmed(log);
    const active = this.#active();
    let first = -1; // factory
    if (active !== undefined) {
      const entry = this.#read(active);
      first = (entry.sequence - 1) % SLOTS.length;
      if (entry.state === FirmwareState.New) this.#write(active, entry.sequence, FirmwareState.PendingVerify);
    }
    for (const index of bootOrder(first)) {
      const label = index < 0 ? "factory" : (SLOTS[index] as PartitionLabel);
      const image = this.image(label);
      if (typeof image === "string") {
        log(`boot: ${label} cannot run: ${image}`);
        continue;
      }
      const trial =
        index >= 0 &&
        index === first &&
        active !== undefined &&
        this.#read(active).state === FirmwareState.PendingVerify;
      return { label, image, trial };
    }
    return undefined;
  }

  /** esp_ota_set_boot_partition. @returns the reason for a refusal, or undefined. @throws PowerLost */
  select(label: PartitionLabel): string | undefined {
    const image = this.image(label);
    if (typeof image === "string") return image;
    if (label === "factory") {
      this.#data.erase(0, 2);
      return undefined;
    }
    const slot = SLOTS.indexOf(label);
    if (slot < 0) return `${label} is not an application partition`;
    const active = this.#active();
    if (active === undefined) {
      this.#write(0, slot + 1, FirmwareState.New);
      return undefined;
    }
    const current = this.#read(active).sequence;
    let sequence = slot + 1;
    while (sequence <= current) sequence += SLOTS.length;
    this.#write(1 - active, sequence, FirmwareState.New);
    return undefined;
  }

  /** esp_ota_mark_app_valid_cancel_rollback, for the running firmware image. @throws PowerLost */
  markValid(running: PartitionLabel): void {
    const active = this.#active();
    if (active === undefined) return;
    const entry = this.#read(active);
    const selected = SLOTS[(entry.sequence - 1) % SLOTS.length];
    if (selected !== running || entry.state === FirmwareState.Valid) return;
    this.#write(active, entry.sequence, FirmwareState.Valid);
  }

  /** esp_ota_get_next_update_partition. */
  next(running: PartitionLabel): PartitionLabel {
    return running === "ota_0" ? "ota_1" : "ota_0";
  }

  /** @returns the content of the firmware image in a partition, or the reason why it cannot run */
  image(label: PartitionLabel): FirmwareImageInfo | string {
    const partition = this.#flash.partition(label);
    return inspectFirmwareImage(partition.read(0, partition.size));
  }

  /** Both entries as plain data, for the control API and tests. */
  describe(): { sequence: number; state: string; valid: boolean }[] {
    return [0, 1].map((index) => {
      const entry = this.#read(index);
      return {
        sequence: entry.sequence,
        state: FirmwareState[entry.state] ?? String(entry.state),
        valid: isUsable(entry),
      };
    });
  }

  #abortUnconfirmed(log: (text: string) => void): void {
    for (const index of [0, 1]) {
      const entry = this.#read(index);
      if (entry.state !== FirmwareState.PendingVerify || !crcMatches(entry)) continue;
      log(`boot: ${SLOTS[(entry.sequence - 1) % SLOTS.length]} was not confirmed in its trial: rolled back`);
      this.#write(index, entry.sequence, FirmwareState.Aborted);
    }
  }

  #active(): number | undefined {
    const usable = [0, 1].filter((index) => isUsable(this.#read(index)));
    if (usable.length < 2) return usable[0];
    return this.#read(0).sequence >= this.#read(1).sequence ? 0 : 1;
  }

  #read(index: number): Entry {
    const bytes = this.#data.read(index * SECTOR, ENTRY);
    return {
      sequence: bytes.readUInt32LE(SEQUENCE_AT),
      state: bytes.readUInt32LE(STATE_AT),
      crc: bytes.readUInt32LE(CRC_AT),
    };
  }

  #write(index: number, sequence: number, state: FirmwareState): void {
    const entry = Buffer.alloc(ENTRY, 0xff);
    entry.writeUInt32LE(sequence, SEQUENCE_AT);
    entry.writeUInt32LE(state, STATE_AT);
    entry.writeUInt32LE(sequenceCrc(sequence), CRC_AT);
    this.#data.erase(index, index + 1);
    this.#data.program(index * SECTOR, entry);
  }
}

/** The bootloader's search order: the chosen slot, the slots before it down to factory (-1), then the slots after it. */
function bootOrder(first: number): number[] {
  const order: number[] = [];
  for (let index = first; index >= -1; index--) order.push(index);
  for (let index = first + 1; index < SLOTS.length; index++) order.push(index);
  return order;
}

/** esp_rom_crc32_le(UINT32_MAX, …) over the four bytes of the number. */
function sequenceCrc(sequence: number): number {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(sequence);
  // As in the ROM, zlib's start value is complemented first.
  return crc32(bytes, 0xffffffff);
}

function crcMatches(entry: Entry): boolean {
  return entry.crc === sequenceCrc(entry.sequence);
}

function isUsable(entry: Entry): boolean {
  if (entry.sequence === EMPTY || entry.sequence === 0) return false;
  if (entry.state === FirmwareState.Invalid || entry.state === FirmwareState.Aborted) return false;
  return crcMatches(entry);
}
