// SPDX-License-Identifier: Apache-2.0
/** openapi.json describes what the camera takes and answers. */
import { gunzipSync } from "node:zlib";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import type { Schema } from "../../../tools/web-api/schemas";
import { violations } from "../../unit/web/json-schema";
import { get, send, withCamera } from "./files-rig";

interface Content {
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}
interface Answer extends Content {
  readonly headers?: Readonly<Record<string, { readonly schema: Schema }>>;
}
interface Operation {
  readonly operationId?: string;
  readonly requestBody?: Content;
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Description {
  readonly info: { readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: { readonly Error: Content } };
}

const JSON_TYPE = "application/json";

class DescribedCamera {
  private constructor(
    readonly camera: VirtualCamera,
    readonly description: Description,
  ) {}

  static run(work: (camera: DescribedCamera) => Promise<void>): Promise<void> {
    return withCamera(async (camera) => {
      const { headers, body } = await get(camera, "/api/v1/openapi.json");
      expect(headers["content-encoding"]).toBe("gzip");
      await work(new DescribedCamera(camera, JSON.parse(gunzipSync(body).toString()) as Description));
    });
  }

  operation(method: string, path: string): Operation {
    return this.description.paths[path]?.[method.toLowerCase()] as Operation;
  }

  body(method: string, path: string): Schema {
    return this.operation(method, path).requestBody?.content?.[JSON_TYPE]?.schema as Schema;
  }

  /** Requests a route and checks the answer against its schema. @returns status and answer */
  async ask(method: string, path: string, body?: unknown): Promise<{ status: number; answer: object }> {
    const { status, body: text } = await send(this.camera, method, path, body);
    const answer = JSON.parse(text.toString()) as object;
    const { responses } = this.operation(method, path);
    const { content } = status === 200 ? (responses[200] as Content) : this.description.components.responses.Error;
    const { schema } = content?.[JSON_TYPE] ?? {};
    if (!schema) throw new Error(`${method} ${path} has no schema of its answer`);
    expect(violations(schema, answer, `${method} ${path}`)).toEqual([]);
    return { status, answer };
  }
}

/** Routes whose answer is JSON, and that another test asks for. */
const ELSEWHERE: readonly string[] = ["openapi", "update"];

/** Routes of GET whose answer has no end, or begins another protocol. */
const ENDLESS: readonly string[] = ["stream", "events", "websocket"];

test("each JSON answer is as described", () =>
  DescribedCamera.run(async (camera) => {
    const asked = new Set(ELSEWHERE);
    const ask = async (method: string, path: string, body?: unknown): Promise<void> => {
      asked.add(camera.operation(method, path).operationId as string);
      expect((await camera.ask(method, path, body)).status).toBe(200);
    };
    // A picture is answered when the sensor has started.
    for (const path of ["/image.tjsn", "/raw", "/api/v1/thermal", "/api/v1/device", "/api/v1/config", "/api/v1/wifi"])
      await ask("GET", path);
    await ask("POST", "/api/v1/ffc");
    await ask("PUT", "/api/v1/config", { emissivity: 95 });
    await ask("POST", "/api/v1/command", { cmd: "get_status" });
    await ask("POST", "/api/v1/command", { cmd: "get_lep_cci", args: { command: 20172, length: 4 } });
    await ask("PUT", "/api/v1/wifi", { sta_netmask: "255.255.255.0" });
    const described = Object.values(camera.description.paths)
      .flatMap((methods) => Object.values(methods))
      .filter(({ operationId, responses }) => operationId && responses[200]?.content?.[JSON_TYPE])
      .map(({ operationId }) => operationId);
    expect(described.filter((name) => !asked.has(name as string))).toEqual(["restart"]);
  }));

test("an answer has the header fields that are described, and no other of its own", () =>
  DescribedCamera.run(async (camera) => {
    const found = new Set<string>();
    for (const [path, { get: operation }] of Object.entries(camera.description.paths)) {
      const described = operation?.responses[200]?.headers ?? {};
      if (!operation || ENDLESS.includes(operation.operationId ?? "")) continue;
      const { status, headers } = await get(camera.camera, path);
      expect([path, status]).toEqual([path, 200]);
      const own = Object.keys(headers).filter((name) => /^x-(?!content-type-options)/.test(name));
      expect([path, own]).toEqual([path, Object.keys(described).map((name) => name.toLowerCase())]);
      for (const [name, { schema }] of Object.entries(described))
        expect(violations(schema, Number(headers[name.toLowerCase()]), `${path} ${name}`)).toEqual([]);
      for (const name of own) found.add(name);
    }
    expect([...found].sort()).toEqual(["x-log-next", "x-scale"]);
  }));

test("the answer before a restart is as described", () =>
  DescribedCamera.run(async (camera) => {
    expect((await camera.ask("POST", "/api/v1/restart")).status).toBe(200);
  }));

test("an error is as described", () =>
  DescribedCamera.run(async (camera) => {
    expect((await camera.ask("PUT", "/api/v1/config", "text")).status).toBe(400);
    expect((await camera.ask("POST", "/api/v1/command", { cmd: "stream_on" })).status).toBe(400);
  }));

/** Values just outside of a schema. */
function outside({ minimum, maximum, maxLength, format }: Schema): unknown[] {
  return [
    ...(minimum === undefined ? [] : [minimum - 1]),
    ...(maximum === undefined ? [] : [maximum + 1]),
    ...(maxLength === undefined ? [] : ["x".repeat(maxLength + 1)]),
    ...(format === "ipv4" ? ["1.2.3", "1.2.3.256"] : []),
  ];
}

test.each(["/api/v1/config", "/api/v1/wifi"])("PUT %s refuses what its schema excludes", (path) =>
  DescribedCamera.run(async (camera) => {
    const schema = camera.body("PUT", path);
    const { answer } = await camera.ask("GET", path);
    // An address of the answer that is no setting is ignored.
    const settings = Object.entries(schema.properties ?? {}).filter(([name]) => name !== "cur_ip_addr");
    const bodies: object[] = settings.flatMap(([name, spec]) => outside(spec).map((value) => ({ [name]: value })));
    expect(bodies.length).toBeGreaterThan(settings.length);
    for (const body of [...bodies, {}, { unknown: 1 }]) {
      expect(violations(schema, body)).not.toEqual([]);
      expect({ body, status: (await camera.ask("PUT", path, body)).status }).toEqual({ body, status: 400 });
    }
    expect((await camera.ask("GET", path)).answer).toEqual(answer);
  }),
);

test("PUT /api/v1/config takes the ends of each range, and its own answer", () =>
  DescribedCamera.run(async (camera) => {
    const path = "/api/v1/config";
    const schema = camera.body("PUT", path);
    const { answer } = await camera.ask("GET", path);
    const ends = Object.entries(schema.properties ?? {}).flatMap(([name, { minimum, maximum }]) => [
      { [name]: minimum },
      { [name]: maximum },
    ]);
    for (const body of [...ends, answer]) {
      expect(violations(schema, body)).toEqual([]);
      expect((await camera.ask("PUT", path, body)).answer).toMatchObject(body);
    }
    expect((await camera.ask("GET", path)).answer).toEqual(answer);
  }));
