// SPDX-License-Identifier: Apache-2.0
/**
 * Keys and signatures of firmware images (docs/updates.md).
 *
 *   npm run sign -- new-key [folder]
 *   npm run sign -- image firmware.bin [signed.bin]
 *   npm run sign -- check firmware.bin
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { FileError, writeFileAtomically } from "../tcam/atomic-file";
import { Offset } from "../tcam/esp-image";
import { FirmwareError, MAX_FILE, readFirmwareImage } from "../tcam/firmware-image";
import { printable } from "../tcam/printable";
import { readFileUpTo } from "../tcam/read-file";
import { createSignatureCheck, signatureBlock, signedMessage } from "../../modules/update/signature";
import { verify } from "../../modules/update/signature/ed25519";

const SHA256 = 32;
const FOLDER = "keys";
const PRIVATE = "private.pem";
const BUILT_IN = "update-key.js";

/** One line for a person. */
class SignError extends Error {}

function rawPublicKey(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}

function newKey(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { privateKey } = generateKeyPairSync("ed25519");
  const pem = privateKey.export({ format: "pem", type: "pkcs8" });
  // "wx": never overwrites a key. Cameras with that key built in would refuse all later updates.
  writeFileSync(join(folder, PRIVATE), pem, { flag: "wx", mode: 0o600 });
  const hex = rawPublicKey(privateKey).toString("hex");
  writeFileSync(join(folder, BUILT_IN), `export default "${hex}";\n`, { flag: "wx" });
  console.log(`${join(folder, PRIVATE)}: the private key; keep it, and keep it secret`);
  console.log(`${join(folder, BUILT_IN)}: the public key, ${hex}`);
}

function readKey(path: string): KeyObject {
  const key = createPrivateKey(readFileSync(path));
  if (key.asymmetricKeyType !== "ed25519") throw new SignError(`${path} is no Ed25519 key`);
  return key;
}

function signImage(input: string, output: string, keyPath: string): void {
  const key = readKey(keyPath);
  const file = readFileUpTo(input, MAX_FILE);
  const { version, imageLength, signed } = readFirmwareImage(file);
  if (file[Offset.hashAppended] !== 1)
    throw new SignError(`${input}: an image without appended SHA-256 cannot be signed`);
  const image = file.subarray(0, imageLength);
  const signature = sign(null, signedMessage(image.subarray(-SHA256)), key);
  writeFileAtomically(output, Buffer.concat([image, signatureBlock(rawPublicKey(key), signature)]));
  console.log(printable(`${output}: version ${version}, ${signed ? "signed again" : "signed"}`));
}

async function checkImage(path: string, keyPath: string): Promise<void> {
  const file = readFileUpTo(path, MAX_FILE);
  const { version, imageLength } = readFirmwareImage(file);
  const key = /"([0-9a-f]{64})"/.exec(readFileSync(keyPath, "latin1"))?.[1];
  if (key === undefined) throw new SignError(`${keyPath} has no public key`);
  const flash = {
    open: () => ({
      read: (length: number, at: number): ArrayBuffer => new Uint8Array(file.subarray(at, at + length)).buffer,
      status: () => ({ size: file.length }),
      close: () => undefined,
    }),
  };
  // The camera's own check.
  const problem = await createSignatureCheck(flash, key, () => Promise.resolve(verify))?.("file", imageLength);
  if (problem !== undefined) throw new SignError(`${path}: ${problem}`);
  console.log(printable(`${path}: version ${version}, the signature is good`));
}

const program = new Command("npm run sign --").description("Keys and signatures of firmware images: docs/updates.md.");
program
  .command("new-key")
  .description("make a key pair")
  .argument("[folder]", "where to put it", FOLDER)
  .action(newKey);
program
  .command("image")
  .description("sign an image")
  .argument("<file>")
  .argument("[output]", "default: the file itself")
  .option("--key <file>", "the private key", join(FOLDER, PRIVATE))
  .action((file: string, output: string | undefined, { key }: { key: string }) => signImage(file, output ?? file, key));
program
  .command("check")
  .description("check a signature as the camera does")
  .argument("<file>")
  .option("--key <file>", "the public key", join(FOLDER, BUILT_IN))
  .action((file: string, { key }: { key: string }) => checkImage(file, key));

program.parseAsync().catch((error: NodeJS.ErrnoException) => {
  const explained = [SignError, FirmwareError, FileError].some((kind) => error instanceof kind);
  if (!explained && error.code === undefined) throw error;
  console.error(printable(`sign: ${error.message}`));
  process.exitCode = 1;
});
