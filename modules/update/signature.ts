// SPDX-License-Identifier: Apache-2.0
/**
 * Signed images. A block of 80 bytes follows the image, after its SHA-256: "tCamSig1", the first 8 bytes of the public
 * key, and an Ed25519 signature of "tCamSig1" and the SHA-256. The bootloader and the original firmware read only the
 * image itself, so they accept a signed image, too.
 */

const MAGIC = "tCamSig1";
const KEY_ID_LENGTH = 8;
const SIGNATURE_AT = MAGIC.length + KEY_ID_LENGTH;
const HASH_LENGTH = 32;
const KEY_LENGTH = 32;
/** Length of the block in bytes. */
export const SIGNATURE_LENGTH = SIGNATURE_AT + 64;
/** "A SHA-256 is appended", in the image header. Without it, the image's last bytes have no defined meaning. */
const HASH_APPENDED_AT = 23;

/** The part of `embedded:storage/flash` that a check needs. */
export interface ReadableFlash {
  open(options: { path: string; mode?: "r" | "r+" }): {
    read(byteLength: number, byteOffset: number): ArrayBuffer;
    status(): { size: number };
    close(): void;
  };
}

export type Verify = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;

/**
 * @param length bytes of the image in `partition` with its SHA-256, already checked to fit
 * @returns the reason to refuse the image, or undefined
 */
export type SignatureCheck = (partition: string, length: number) => Promise<string | undefined>;

/**
 * @param key the public key, 64 hexadecimal digits; with any other value every image is refused
 * @param load loads the verifier, which is large and seldom needed
 */
export const createSignatureCheck = (
  flash: ReadableFlash,
  key: string | undefined,
  load: () => Promise<Verify>,
): SignatureCheck | undefined => {
  if (key === undefined) return undefined;
  const publicKey = readKey(key);
  return async (partition, length) => {
    if (!publicKey) return "the built-in key is invalid";
    const { hash, block } = readSigned(flash, partition, length);
    if (!hash) return "an image without SHA-256 cannot be signed";
    if (!block || !equal(block.subarray(0, MAGIC.length), magic())) return "the image is not signed";
    if (!equal(block.subarray(MAGIC.length, SIGNATURE_AT), publicKey.subarray(0, KEY_ID_LENGTH)))
      return "the image is signed with another key";
    const verify = await load();
    const good = verify(block.subarray(SIGNATURE_AT), signedMessage(hash), publicKey);
    return good ? undefined : "the image's signature is wrong";
  };
};

/** The bytes to sign for an image with this SHA-256. */
export const signedMessage = (hash: Uint8Array): Uint8Array => {
  const message = new Uint8Array(MAGIC.length + HASH_LENGTH);
  message.set(magic());
  message.set(hash, MAGIC.length);
  return message;
};

/** The block that signs an image. */
export const signatureBlock = (publicKey: Uint8Array, signature: Uint8Array): Uint8Array => {
  const block = new Uint8Array(SIGNATURE_LENGTH);
  block.set(magic());
  block.set(publicKey.subarray(0, KEY_ID_LENGTH), MAGIC.length);
  block.set(signature, SIGNATURE_AT);
  return block;
};

const readSigned = (flash: ReadableFlash, path: string, length: number): { hash?: Uint8Array; block?: Uint8Array } => {
  const partition = flash.open({ path, mode: "r" });
  try {
    if (new Uint8Array(partition.read(1, HASH_APPENDED_AT))[0] !== 1) return {};
    const hash = new Uint8Array(partition.read(HASH_LENGTH, length - HASH_LENGTH));
    if (length + SIGNATURE_LENGTH > partition.status().size) return { hash };
    return { hash, block: new Uint8Array(partition.read(SIGNATURE_LENGTH, length)) };
  } finally {
    partition.close();
  }
};

/** A function instead of a constant: preloaded modules in flash cannot hold typed arrays. */
const magic = (): Uint8Array => Uint8Array.from(MAGIC, (character) => character.charCodeAt(0));

const readKey = (text: string): Uint8Array | undefined => {
  if (!/^[0-9a-f]{64}$/i.test(text)) return undefined;
  return Uint8Array.from({ length: KEY_LENGTH }, (_, i) => parseInt(text.slice(2 * i, 2 * i + 2), 16));
};

const equal = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, i) => byte === b[i]);
