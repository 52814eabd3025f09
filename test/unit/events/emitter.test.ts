// SPDX-License-Identifier: Apache-2.0
import { Emitter, type Observable } from "modules/events/emitter";

class Door extends Emitter<{ opened: [by: string]; closed: [] }> {
  open(by: string): void {
    this.emit("opened", by);
  }
  close(): void {
    this.emit("closed");
  }
}

test("calls the listeners of an event in the order in which they were added, with its arguments", () => {
  const door = new Door();
  const calls: string[] = [];
  door.open("before any listener");
  door.on("opened", (by) => calls.push(`first: ${by}`));
  door.on("opened", (by) => calls.push(`second: ${by}`));
  door.on("closed", () => calls.push("closed"));
  door.open("key");
  door.close();
  expect(calls).toEqual(["first: key", "second: key", "closed"]);
});

test("an error of a listener reaches the part that reports", () => {
  const door = new Door();
  door.on("closed", () => {
    throw new Error("listener failed");
  });
  expect(() => door.close()).toThrow("listener failed");
});

test("a watcher that knows some of the events can watch", () => {
  const door = new Door();
  const watched: Observable<{ closed: [] }> = door;
  const listener = jest.fn();
  watched.on("closed", listener);
  door.close();
  expect(listener).toHaveBeenCalledTimes(1);
});
