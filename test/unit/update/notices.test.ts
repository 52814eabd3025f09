// SPDX-License-Identifier: Apache-2.0
import { Notices, type TextStore } from "modules/update/notices";
import { recordingLog } from "../fakes/log";
import { MemoryStore } from "./rig";

test("are opened in a namespace of their own", () => {
  const store = new MemoryStore();
  const opened: unknown[] = [];
  const { log, lines } = recordingLog();
  const notices = Notices.open({ open: (options) => (opened.push(options), store) }, log);
  notices.post("hello");
  expect(opened).toEqual([{ path: "update", format: "string" }]);
  expect(notices.notice).toBe("hello");
  expect(lines).toEqual([]);
});

test("a notice survives restarts until it is cleared", () => {
  const store = new MemoryStore();
  new Notices(store).post("hello");
  const notices = new Notices(store);
  expect([notices.notice, notices.notice, new Notices(store).notice]).toEqual(["hello", "hello", "hello"]);
  notices.clear();
  expect([notices.notice, new Notices(store).notice]).toEqual([undefined, undefined]);
  notices.clear();
});

test("without storage no state survives a restart, and nothing throws", () => {
  const { log, lines } = recordingLog();
  const open = (): TextStore => {
    throw new Error("no free pages");
  };
  const notices = Notices.open({ open }, log);
  notices.expect("4.1");
  notices.post("hello");
  notices.forget();
  expect(notices.expected).toBeUndefined();
  expect(notices.notice).toBe("hello");
  expect(Notices.open({ open }, log).notice).toBeUndefined();
  expect(lines.join()).toContain("no free pages");
});

test("a failing store stops nothing, but an update sees the error", () => {
  const fail = (): never => {
    throw new Error("flash error");
  };
  const notices = new Notices({ read: fail, write: fail, delete: fail });
  notices.post("hello");
  notices.forget();
  expect(notices.expected).toBeUndefined();
  expect(notices.notice).toBe("hello");
  notices.clear();
  expect(notices.notice).toBeUndefined();
  expect(() => notices.expect("4.1")).toThrow("flash error");
});

test("a key that cannot be deleted is ignored", () => {
  const store = new MemoryStore();
  const notices = new Notices(store);
  notices.expect("4.1");
  notices.post("hello");
  store.delete = () => {
    throw new Error("flash error");
  };
  notices.forget();
  notices.clear();
  expect(notices.notice).toBeUndefined();
});
