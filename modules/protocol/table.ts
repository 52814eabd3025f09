// SPDX-License-Identifier: Apache-2.0

/*
 * The command table: the single source of command names, arguments, ranges and answers. The parser, argument errors,
 * docs/protocol.md and the fuzzers' dictionary use it. It imports no module that exists only on the device, so that
 * tools can read it.
 */
import { daysInMonth } from "modules/clock/calendar";
import { CAMERA_SETTINGS, WIFI_SETTINGS } from "modules/settings/table";
import { CHUNK_BYTES } from "./services";

interface ArgumentBase {
  /** One sentence for the protocol page. */
  readonly about: string;
  /** Must be present. An argument that is neither required nor has a default is optional. */
  readonly required?: true;
}

/** An integer from `min` to `max` (default: 2^53 - 1). true and false mean 1 and 0, a fraction is truncated. */
export interface IntegerArgument extends ArgumentBase {
  readonly type: "integer";
  readonly min: number;
  readonly max?: number;
  /** Values out of range are clamped instead of rejected. */
  readonly clamp?: true;
  readonly default?: number;
}

/** UTF-8 text of `min` to `max` bytes, without NUL. */
export interface TextArgument extends ArgumentBase {
  readonly type: "text";
  readonly min: number;
  readonly max: number;
  /** Also accepts "". */
  readonly orEmpty?: true;
  /** Also accepts 64 hexadecimal digits: a WPA2 key in place of a passphrase. */
  readonly orKey?: true;
}

/** An IPv4 address: four octets 0–255. */
export interface AddressArgument extends ArgumentBase {
  readonly type: "address";
}

/** Base64 (RFC 4648 §4, padded) of exactly `args[count] * size` bytes; absent means no bytes. */
export interface Base64Argument extends ArgumentBase {
  readonly type: "base64";
  readonly count: string;
  readonly size: number;
}

export type ArgumentSpec = IntegerArgument | TextArgument | AddressArgument | Base64Argument;

/** A condition on several arguments, checked after each argument by itself. `text` is the reason given on failure. */
export interface Rule {
  readonly text: string;
  holds(args: Readonly<Record<string, unknown>>): boolean;
}

/**
 * The answer to a successful command: `ack` cam_info 1; `image` the image (WiFi) or image_ready (hardware interface);
 * `none` no answer; otherwise the message of that name.
 */
export type AnswerKind = "ack" | "status" | "config" | "wifi" | "cci_reg" | "image" | "none";

export interface CommandSpec {
  readonly about: string;
  /** Alternative names; the answer repeats the name that the client used. */
  readonly aliases?: readonly string[];
  readonly args?: Readonly<Record<string, ArgumentSpec>>;
  /** At least one of the arguments must be present. */
  readonly some?: true;
  readonly rules?: readonly Rule[];
  readonly answer: AnswerKind;
  /** Arguments for the protocol page's example and for the tests' valid case. */
  readonly example?: Readonly<Record<string, number | string>>;
}

const num = (value: unknown): number => Number(value);

const BOX_COLUMN = { type: "integer", min: 0, max: 159, clamp: true, required: true } as const;
const BOX_ROW = { type: "integer", min: 0, max: 119, clamp: true, required: true } as const;
const CCI_COMMAND = {
  type: "integer",
  min: 0,
  max: 65535,
  required: true,
  about: "Value of the Lepton's COMMAND register.",
} as const;
type Changes<T> = { readonly [K in keyof T]: Omit<T[K], "default"> };

/** Arguments that change settings. They have no defaults: what is absent stays. */
const changes = <T extends Readonly<Record<string, object>>>(settings: T): Changes<T> => {
  const entries = Object.entries(settings).map(([name, setting]) => {
    const argument: { default?: unknown } = { ...setting };
    delete argument.default;
    return [name, argument];
  });
  return Object.fromEntries(entries) as Changes<T>;
};

const WIFI_CHANGES = Object.freeze(changes(WIFI_SETTINGS), true);

export const TABLE = Object.freeze(
  {
    get_status: {
      about:
        "Asks for the camera's name, model, version and time, and what became of the last update if it was rolled back.",
      answer: "status",
    },
    get_image: {
      about: "Asks for the next image.",
      answer: "image",
    },
    set_time: {
      about: "Sets the camera's clock. Milliseconds start at 0.",
      args: {
        sec: { type: "integer", min: 0, max: 59, required: true, about: "Seconds." },
        min: { type: "integer", min: 0, max: 59, required: true, about: "Minutes." },
        hour: { type: "integer", min: 0, max: 23, required: true, about: "Hour." },
        dow: { type: "integer", min: 1, max: 7, required: true, about: "Day of the week, 1 = Sunday." },
        day: { type: "integer", min: 1, max: 31, required: true, about: "Day of the month." },
        mon: { type: "integer", min: 1, max: 12, required: true, about: "Month." },
        year: { type: "integer", min: 0, max: 129, required: true, about: "Years since 1970 (to 2099)." },
      },
      rules: [
        {
          text: "day must be a day of the month",
          holds: (args) => num(args.day) <= daysInMonth(num(args.mon), 1970 + num(args.year)),
        },
      ],
      answer: "ack",
      example: { sec: 14, min: 10, hour: 21, dow: 2, day: 18, mon: 5, year: 50 },
    },
    get_config: {
      about: "Asks for the camera's settings.",
      answer: "config",
    },
    set_config: {
      about:
        "Changes camera settings; those left out stay. They last over restarts.\n" +
        "On a Lepton 3.0, which is not radiometric, emissivity and gain_mode are stored without effect.",
      args: changes(CAMERA_SETTINGS),
      some: true,
      answer: "ack",
      example: { agc_enabled: 0, emissivity: 98, gain_mode: 2 },
    },
    run_ffc: {
      about: "Runs a flat-field correction; answered when the sensor has finished.",
      answer: "ack",
    },
    set_spotmeter: {
      about:
        "Sets the box of pixels whose temperature the telemetry reports.\n" +
        "On a Lepton 3.0, which is not radiometric, it succeeds without effect.",
      args: {
        c1: { ...BOX_COLUMN, about: "Left column." },
        c2: { ...BOX_COLUMN, about: "Right column." },
        r1: { ...BOX_ROW, about: "Top row." },
        r2: { ...BOX_ROW, about: "Bottom row." },
      },
      rules: [
        { text: "c1 must not be greater than c2", holds: (args) => num(args.c1) <= num(args.c2) },
        { text: "r1 must not be greater than r2", holds: (args) => num(args.r1) <= num(args.r2) },
      ],
      answer: "ack",
      example: { c1: 79, c2: 80, r1: 59, r2: 60 },
    },
    get_lep_cci: {
      about: "Reads from the Lepton's CCI: up to 16 words from its data registers, more from block buffer 0.",
      args: {
        command: CCI_COMMAND,
        length: { type: "integer", min: 1, max: 512, required: true, about: "16-bit words to read." },
      },
      answer: "cci_reg",
      example: { command: 20172, length: 4 },
    },
    set_lep_cci: {
      about: "Writes to the Lepton's CCI: up to 16 words to its data registers, more to block buffer 0.",
      args: {
        command: CCI_COMMAND,
        length: {
          type: "integer",
          min: 0,
          max: 512,
          required: true,
          about: "16-bit words to write; 0 runs a command.",
        },
        data: { type: "base64", count: "length", size: 2, about: "The words, low byte first." },
      },
      answer: "cci_reg",
      example: { command: 20173, length: 4, data: "OwBPADwAUAA=" },
    },
    stream_on: {
      about: "Starts streaming, or starts it again with new figures.",
      aliases: ["set_stream_on"],
      args: {
        delay_msec: { type: "integer", min: 0, default: 0, about: "Milliseconds between images; 0: every image." },
        num_frames: { type: "integer", min: 0, default: 0, about: "Images to deliver; 0: no end." },
      },
      answer: "ack",
      example: { delay_msec: 0, num_frames: 2 },
    },
    stream_off: {
      about: "Ends streaming. No image follows the answer.",
      aliases: ["set_stream_off"],
      answer: "ack",
    },
    get_wifi: {
      about: "Asks for the network settings. Passwords are never sent.",
      answer: "wifi",
    },
    set_wifi: {
      about: "Changes network settings; those left out stay. Everything is checked before anything is stored.",
      args: {
        ...WIFI_CHANGES,
        // Bits that the camera does not store are accepted, as the original does.
        flags: { type: "integer", min: 0, max: 255, about: WIFI_SETTINGS.flags.about },
        sta_ssid: { ...WIFI_CHANGES.sta_ssid, min: 1 },
      },
      some: true,
      answer: "ack",
      example: { sta_ssid: "HomeNetwork", sta_pw: "anotherpassword", flags: 129 },
    },
    fw_update_request: {
      about: "Asks for a firmware update; a short press of the button on the camera starts it.",
      args: {
        length: { type: "integer", min: 1, max: 0xffffffff, required: true, about: "Bytes of the firmware image." },
        // The descriptor's field has 32 bytes, including the NUL.
        version: {
          type: "text",
          min: 1,
          max: 31,
          required: true,
          about: "The version inside the firmware image.",
        },
      },
      answer: "ack",
      example: { length: 730976, version: "4.1" },
    },
    fw_segment: {
      about: "Hands over the chunk of the firmware image that `get_fw` asked for.",
      args: {
        start: { type: "integer", min: 0, max: 0xffffffff, required: true, about: "Offset of the chunk." },
        length: { type: "integer", min: 1, max: CHUNK_BYTES, required: true, about: "Bytes in the chunk." },
        data: { type: "base64", count: "length", size: 1, required: true, about: "The bytes." },
      },
      answer: "none",
      example: { start: 0, length: 4, data: "6QYCMA==" },
    },
  } as const,
  true,
) satisfies Record<string, CommandSpec>;

/** Commands of other cameras of the family, which this camera does not support. */
export const UNSUPPORTED = Object.freeze(
  [
    "take_picture",
    "record_on",
    "record_off",
    "poweroff",
    "get_filesystem_list",
    "get_file",
    "delete_filesystem_obj",
    "dump_screen",
  ] as const,
  true,
);

export type CommandName = keyof typeof TABLE;

/** Type of a checked argument: number, text (addresses normalised), or the decoded bytes of base64. */
type Value<A> = A extends { type: "integer" } ? number : A extends { type: "base64" } ? Uint8Array : string;

type Present<T> = {
  [K in keyof T]: T[K] extends { required: true } | { default: number } | { type: "base64" } ? K : never;
}[keyof T];

/** The checked arguments of a command, as its handler receives them. */
export type Arguments<N extends CommandName> = (typeof TABLE)[N] extends { args: infer T }
  ? { [K in Present<T>]: Value<T[K]> } & { [K in Exclude<keyof T, Present<T>>]?: Value<T[K]> }
  : Record<string, never>;

const byName = new Map<string, CommandName>();
for (const [name, spec] of Object.entries<CommandSpec>(TABLE)) {
  byName.set(name, name as CommandName);
  for (const alias of spec.aliases ?? []) byName.set(alias, name as CommandName);
}
const unsupported = new Set<string>(UNSUPPORTED);

/**
 * All keys that a command can have. XS never frees a property name, so a client that invents keys could exhaust the
 * memory: JSON.parse skips all keys that are not in this list.
 */
export const KEYS = Object.freeze([
  ...new Set(["cmd", "args", ...Object.values<CommandSpec>(TABLE).flatMap(({ args }) => Object.keys(args ?? {}))]),
]) as string[]; // mutable type required by the declaration of JSON.parse, which does not change it

/**
 * The command called `name`; "unsupported" for a command of another camera, undefined for an unknown one. Case matters.
 */
export const findCommand = (name: string): CommandName | "unsupported" | undefined =>
  unsupported.has(name) ? "unsupported" : byName.get(name);
