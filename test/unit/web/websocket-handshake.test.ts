// SPDX-License-Identifier: Apache-2.0
import { ExchangeClosed } from "modules/web/exchange";
import { Rig, type RigOptions } from "./websocket-rig";

const refusal = (fields: RigOptions["fields"]): unknown => new Rig().tryConnect({ ...(fields && { fields }) });

test("the answer to a request is that of RFC 6455 section 1.3", () => {
  expect(new Rig().connect().fields).toEqual({
    Upgrade: "websocket",
    "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
  });
});

test("names of protocols are read in any case and place of their lists", () => {
  const { fields } = new Rig().connect({
    fields: { upgrade: "h2c, WebSocket", connection: "UPGRADE", "sec-websocket-protocol": "x,TCAM.2 , y" },
  });
  expect(fields["Sec-WebSocket-Protocol"]).toBe("tcam.2");
});

test("a subprotocol that the camera does not know is not answered", () => {
  const { fields } = new Rig().connect({ fields: { "sec-websocket-protocol": "tcam.3, tcam" } });
  expect(fields).not.toHaveProperty("Sec-WebSocket-Protocol");
});

test("what is no request for a WebSocket of version 13 gets 426 with what is expected", () => {
  const upgrade = { status: 426, fields: { Upgrade: "websocket" } };
  expect(refusal({ upgrade: undefined })).toEqual(upgrade);
  expect(refusal({ upgrade: "h2c" })).toEqual(upgrade);
  expect(refusal({ connection: "keep-alive" })).toEqual(upgrade);
  const version = { status: 426, fields: { "Sec-WebSocket-Version": "13" } };
  expect(refusal({ "sec-websocket-version": undefined })).toEqual(version);
  expect(refusal({ "sec-websocket-version": "8" })).toEqual(version);
});

test("a key that is not base64 of 16 bytes gets 400", () => {
  const keys = [
    undefined,
    "",
    "dGhlIHNhbXBsZSBub25jZQ=",
    "dGhlIHNhbXBsZSBub25jZQ===",
    "dGhlIHNhbXBsZSBub25jZQab",
    "dGhlIHNhbXBsZSBub25j!Q==",
  ];
  for (const key of keys) expect(refusal({ "sec-websocket-key": key })).toEqual({ status: 400, fields: undefined });
});

test("a request whose connection cannot be handed over takes no place", () => {
  const rig = new Rig();
  for (let i = 0; i < 5; i++) expect(() => rig.tryConnect({ upgradeError: new ExchangeClosed("gone") })).toThrow();
  for (let i = 0; i < 4; i++) rig.connect();
  expect(rig.memories).toBe(4);
});
