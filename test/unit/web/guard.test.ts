// SPDX-License-Identifier: Apache-2.0
import { ROUTES, type RouteSpec } from "modules/web/routes";
import { request, WebRig } from "./rig";

test.each([
  ["192.168.4.1", true],
  ["127.0.0.1:5080", true],
  ["[fe80::1]:80", true],
  ["[::1]", true],
  ["localhost:5080", true],
  ["tCam-Mini-EFB5", true],
  ["tcam-mini-efb5.local", true],
  ["TCAM-MINI-EFB5.LOCAL.:80", true],
  ["tcam-mini-efb5.local.evil.example", false],
  ["evil.example", false],
  [":80", false],
  [".", false],
  ["192.168.4.1.evil.example", false],
  ["192.168.4", false],
  ["[evil]", false],
  ["[]", false],
  ["localhost.evil.example:80", false],
  ["", false],
])("against DNS rebinding: Host %s is accepted: %s", async (host, accepted) => {
  const { status } = await new WebRig().one(request("GET /", { Host: host }));
  expect(status).toBe(accepted ? 200 : 403);
});

test("HTTP/1.0 without Host is no browser", async () => {
  expect((await new WebRig().one("GET / HTTP/1.0\r\n\r\n")).status).toBe(200);
});

const guarded = Object.entries<RouteSpec>(ROUTES).filter(
  ([, { method, sameOrigin }]) => method !== "GET" || sameOrigin,
);

function ask({ method, path, body }: RouteSpec, fields: Readonly<Record<string, string>>): string {
  return request(`${method} ${path}`, { ...(body && { "Content-Type": body.type, "Content-Length": "0" }), ...fields });
}

test("what changes something, or opens a WebSocket, is guarded", () => {
  const names = guarded.map(([name]) => name);
  expect(names).toEqual(expect.arrayContaining(["setConfig", "setWifi", "command", "ffc", "restart", "update", "log"]));
});

test.each(guarded)("%s is not for pages of other origins", async (name, route) => {
  const run = jest.fn((exchange: { respond(status: number): void }) => exchange.respond(200));
  const rig = new WebRig({ [name]: run });
  const foreign: readonly Record<string, string>[] = [
    { Origin: "http://evil.example" },
    { Origin: "null" },
    { Origin: "https://192.168.4.1" },
    { Origin: "http://192.168.4.1:8080" },
    { Origin: "http://192.168.4.1.evil.example" },
    { "Sec-Fetch-Site": "cross-site" },
    { "Sec-Fetch-Site": "Cross-Site" },
    { Origin: "http://192.168.4.1", "Sec-Fetch-Site": "cross-site" },
  ];
  for (const fields of foreign)
    for (const path of [route.path, ...(route.aliases ?? [])])
      expect([fields, (await rig.one(ask({ ...route, path }, fields))).status]).toEqual([fields, 403]);
  expect(run).not.toHaveBeenCalled();
});

test.each(guarded)("%s is for the camera's own page and for programs", async (name, route) => {
  const run = jest.fn((exchange: { respond(status: number): void }) => exchange.respond(200));
  const rig = new WebRig({ [name]: run });
  const own: readonly Record<string, string>[] = [
    {},
    { Origin: "http://192.168.4.1" },
    { Origin: "http://192.168.4.1", "Sec-Fetch-Site": "same-origin" },
    { Host: "LOCALHOST:5080", Origin: "http://localhost:5080" },
    { "Sec-Fetch-Site": "none" },
  ];
  for (const fields of own) expect([fields, (await rig.one(ask(route, fields))).status]).toEqual([fields, 200]);
  expect(run).toHaveBeenCalledTimes(own.length);
});

test("no answer allows another origin to read it", async () => {
  const rig = new WebRig();
  for (const bytes of [
    request("GET /", { Origin: "http://evil.example" }),
    request("OPTIONS /api/v1/config", { Origin: "http://evil.example", "Access-Control-Request-Method": "PUT" }),
  ]) {
    const { fields } = await rig.one(bytes);
    expect([...fields.keys()].filter((field) => field.startsWith("access-control"))).toEqual([]);
  }
});
