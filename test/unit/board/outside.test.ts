// SPDX-License-Identifier: Apache-2.0
/** Interfaces to other programs: the pseudo-terminal, the host SPI socket, the data folder, scene files. */
import { execFileSync } from "node:child_process";
import {
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { existsSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DataDirectory } from "../../../simulator/board/data-directory";
import { HostSpiServer } from "../../../simulator/board/host-spi-server";
import { DiskError } from "../../../simulator/board/storage/disk";
import { openScene, SceneError } from "../../../simulator/board/scenes";
import { Terminal } from "../../../simulator/board/terminal";
import { type Bench, LinkClient, makeBench, settle, u32 } from "./fixture";

let directory = "";
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "tcam-outside-"))));
afterEach(() => rmSync(directory, { recursive: true }));

describe("the pseudo-terminal", () => {
  let bench: Bench;
  beforeEach(async () => {
    bench = await makeBench();
  });
  afterEach(() => bench.close());

  test("carries every byte value unchanged in both directions, and is removed at the end", async () => {
    const terminal = await Terminal.open(bench.board.serial);
    const firmware = await LinkClient.open(bench.socket, { open: "serial", transmit: 27, receive: 26, baud: 230_400 });
    const all = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 0xff));
    const host = openSync(terminal.path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
    firmware.write(all);
    const received: number[] = [];
    const piece = Buffer.alloc(600);
    for (let i = 0; i < 200 && received.length < all.length; i++) {
      bench.time.pass(10);
      await settle();
      try {
        received.push(...piece.subarray(0, readSync(host, piece, 0, piece.length, null)));
      } catch (error) {
        expect((error as NodeJS.ErrnoException).code).toBe("EAGAIN");
      }
    }
    expect(Buffer.from(received)).toEqual(all);

    writeSync(host, all);
    for (let i = 0; i < 200 && firmware.raw.length < all.length; i++) {
      bench.time.pass(10);
      await settle();
    }
    expect(firmware.raw).toEqual(all);
    closeSync(host);
    await terminal.close();
    expect(existsSync(terminal.path)).toBe(false);
  });
});

describe("the host SPI socket", () => {
  let bench: Bench;
  let server: HostSpiServer;
  const path = (): string => join(directory, "host-spi");
  beforeEach(async () => {
    bench = await makeBench();
    server = new HostSpiServer(bench.board.hostSpi);
    await server.listen(path());
  });
  afterEach(async () => {
    await server.close();
    await bench.close();
  });

  test("a request is one transfer, answered by exactly its bytes; transfers run one after the other", async () => {
    const firmware = await LinkClient.open(bench.socket, { open: "host-spi", clock: 34, out: 33, select: 35 });
    firmware.send("B", Buffer.from("image"));
    await settle();
    let received = Buffer.alloc(0);
    const host = connect(path());
    host.on("data", (chunk) => (received = Buffer.concat([received, chunk])));
    host.write(Buffer.concat([u32(6, 7_000_000), u32(2, 0)]));
    for (let i = 0; i < 5; i++) {
      await settle();
      bench.time.pass(1);
    }
    await settle();
    expect(received).toEqual(Buffer.concat([Buffer.from("image\0"), Buffer.of(255, 255)]));
    expect(await firmware.next()).toEqual({ type: "S", payload: u32(6) });
    host.destroy();
  });

  test("an invalid request closes the connection", async () => {
    const host = connect(path());
    host.on("error", () => undefined);
    const closed = new Promise((resolve) => host.once("close", resolve));
    host.write("GET / HTTP/1.1\r\n");
    await closed;
  });
});

describe("the data folder", () => {
  test("is locked for one camera at a time and free again at the end", () => {
    const first = new DataDirectory(directory);
    expect(() => new DataDirectory(directory)).toThrow(`is in use by process ${process.pid}`);
    first.close();
    new DataDirectory(directory).close();
  });

  test("a lock of an ended process does not count, even when another process has its number", () => {
    writeFileSync(join(directory, "lock"), `${process.pid} 1\n`);
    new DataDirectory(directory).close();
  });

  test("is usable after its process was killed", () => {
    const gone = Number(execFileSync(process.execPath, ["-p", "process.pid"], { encoding: "utf8" }));
    writeFileSync(join(directory, "lock"), `${gone} 1\n`);
    const data = new DataDirectory(directory);
    expect(readFileSync(join(directory, "lock"), "utf8")).toMatch(new RegExp(`^${process.pid} \\d+\n$`));
    data.close();
  });

  test("is made if it is missing; a failure is an error", () => {
    const deep = join(directory, "a", "b");
    new DataDirectory(deep).close();
    expect(existsSync(deep)).toBe(true);
    writeFileSync(join(directory, "file"), "");
    expect(() => new DataDirectory(join(directory, "file", "x"))).toThrow(DiskError);
  });

  test("without a name it is temporary", () => {
    const data = new DataDirectory(undefined);
    expect(existsSync(data.path)).toBe(true);
    data.close();
    expect(existsSync(data.path)).toBe(false);
  });
});

describe("scenes", () => {
  test("a built-in one by its name, a recording by its file", () => {
    expect(openScene("default").name).toBe("default");
    const file = join(directory, "flat.tjsn");
    const radiometric = Buffer.alloc(38_400).toString("base64");
    writeFileSync(file, JSON.stringify({ radiometric, telemetry: Buffer.alloc(480).toString("base64") }));
    expect(openScene(file)).toMatchObject({ kind: "words", name: "flat.tjsn" });
  });

  test("an invalid file is an error in one line", () => {
    const file = join(directory, "not.tjsn");
    writeFileSync(file, "hello");
    for (const name of [file, join(directory, "missing"), directory]) {
      expect(() => openScene(name)).toThrow(SceneError);
      expect(() => openScene(name)).toThrow(/^scene [^\n]*$/);
    }
  });
});
