// SPDX-License-Identifier: Apache-2.0
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import fc from "fast-check";
import {
  createSignatureCheck,
  SIGNATURE_LENGTH,
  signatureBlock,
  signedMessage,
  type SignatureCheck,
} from "modules/update/signature";
import { verify } from "modules/update/signature/ed25519";
import { imageFlash } from "modules/update/slots";
import { Verdict } from "modules/update/update";
import { firmware, Rig } from "./rig";

interface Pair {
  publicKey: Buffer;
  privateKey: KeyObject;
}

function keys(): Pair {
  const pair = generateKeyPairSync("ed25519");
  return {
    publicKey: pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32),
    privateKey: pair.privateKey,
  };
}

const ours = keys();
const theirs = keys();
const image = Buffer.from(firmware(20_000));

function signed(file: Buffer, { publicKey, privateKey }: Pair): Buffer {
  const signature = sign(null, signedMessage(file.subarray(-32)), privateKey);
  return Buffer.concat([file, signatureBlock(publicKey, signature)]);
}

const load = () => Promise.resolve(verify);

/** A check with `key`, of a partition of 64 KB that holds `content`. */
function check(content: Buffer, key = ours.publicKey.toString("hex")): Promise<string | undefined> {
  const bytes = Buffer.alloc(65_536, 0xff);
  content.copy(bytes);
  let open = 0;
  const flash = {
    open: ({ path, mode }: { path: string; mode?: string }) => {
      expect({ path, mode }).toEqual({ path: "ota_1", mode: "r" });
      open++;
      return {
        read: (length: number, offset: number) => Uint8Array.from(bytes.subarray(offset, offset + length)).buffer,
        status: () => ({ size: bytes.length }),
        close: () => void open--,
      };
    },
  };
  const result = (createSignatureCheck(flash, key, load) as SignatureCheck)("ota_1", image.length);
  return result.finally(() => expect(open).toBe(0));
}

describe("with a key built in, an image", () => {
  test("signed with it is accepted", async () => {
    expect(await check(signed(image, ours))).toBeUndefined();
  });

  test("that is not signed is refused", async () => {
    expect(await check(image)).toBe("the image is not signed");
  });

  test("signed with another key is refused, even if it names this key", async () => {
    expect(await check(signed(image, theirs))).toBe("the image is signed with another key");
    const forged = signed(image, theirs);
    ours.publicKey.copy(forged, image.length + 8, 0, 8);
    expect(await check(forged)).toBe("the image's signature is wrong");
  });

  test("with the signature of another image is refused", async () => {
    const other = signed(Buffer.from(firmware(20_000, { version: "4.2" })), ours);
    const mixed = Buffer.concat([image, other.subarray(image.length)]);
    expect(await check(mixed)).toBe("the image's signature is wrong");
  });

  test("without SHA-256 is refused: its last bytes have no defined meaning", async () => {
    const bare = signed(image, ours);
    bare[23] = 0;
    expect(await check(bare)).toBe("an image without SHA-256 cannot be signed");
  });

  test("with any bit of its signature block changed is refused", async () => {
    const bits = fc.integer({ min: 0, max: 8 * SIGNATURE_LENGTH - 1 });
    await fc.assert(
      fc.asyncProperty(bits, async (bit) => {
        const damaged = signed(image, ours);
        const at = image.length + (bit >> 3);
        damaged[at] = (damaged[at] ?? 0) ^ (1 << (bit & 7));
        expect(await check(damaged)).toEqual(expect.any(String));
      }),
      { numRuns: 60 },
    );
  });

  test.each(["", "key", "0".repeat(63), "g".repeat(64)])(
    "refuses every image if the key is invalid (%p)",
    async (key) => {
      expect(await check(signed(image, ours), key)).toBe("the built-in key is invalid");
    },
  );

  test("that fills its slot is refused, not read beyond", async () => {
    const full = firmware(65_536);
    const flash = {
      open: () => ({
        read: (length: number, offset: number) => {
          if (offset + length > full.length) throw new RangeError("beyond the partition");
          return Uint8Array.from(full.subarray(offset, offset + length)).buffer;
        },
        status: () => ({ size: full.length }),
        close: () => undefined,
      }),
    };
    const run = createSignatureCheck(flash, ours.publicKey.toString("hex"), load) as SignatureCheck;
    expect(await run("ota_1", full.length)).toBe("the image is not signed");
  });
});

test("without a key there is no check", () => {
  const flash = { open: () => fail("opened") };
  expect(createSignatureCheck(flash as never, undefined, load)).toBeUndefined();
});

/** RFC 8032, section 7.1: public key, message, signature. */
test.each([
  [
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    "",
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  ],
  [
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    "72",
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  ],
])("Ed25519 as in RFC 8032 (%s)", (key, message, signature) => {
  const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
  expect(verify(bytes(signature), bytes(message), bytes(key))).toBe(true);
  expect(verify(bytes(signature), Uint8Array.of(1, 2), bytes(key))).toBe(false);
});

test("a key that is not a point of the curve, or of small order, verifies nothing", () => {
  const message = signedMessage(new Uint8Array(32));
  const identity = Uint8Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0));
  const trivial = new Uint8Array(64);
  trivial[0] = 1;
  expect(verify(trivial, message, identity)).toBe(false);
  expect(verify(trivial, message, new Uint8Array(32).fill(0xff))).toBe(false);
});

describe("an update", () => {
  test("with a signed image succeeds without a built-in key", async () => {
    const file = signed(image, ours);
    const rig = new Rig();
    rig.ownLength = image.length;
    await rig.begin(file);
    await rig.serveAll(file);
    expect(rig.client.reports).toEqual([Verdict.Success]);
    expect(rig.checked).toEqual([["ota_0", image.length]]);
  });

  test("whose signature cannot be read ends without a switch", async () => {
    const rig = new Rig();
    rig.signature = new Error("flash error");
    await rig.begin(image);
    await rig.serveAll(image);
    expect(rig.client.reports).toEqual([Verdict.Invalid]);
    expect(rig.booted).toBeUndefined();
  });
});

test.each([
  ["factory", "ota_0", "nextota"],
  ["factory", "ota_1", "ota_1"],
  ["ota_0", "ota_1", "nextota"],
  ["ota_1", "ota_0", "nextota"],
  ["ota_1", "factory", "factory"],
])("running in %s, the image in %s is opened as %s, the name the SDK has for it", (running, path, expected) => {
  const opened: unknown[] = [];
  const flash = { open: (options: unknown) => void opened.push(options) as never };
  imageFlash(flash, running).open({ path, mode: "r" });
  expect(opened).toEqual([{ path: expected, mode: "r" }]);
});
