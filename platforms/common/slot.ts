// SPDX-License-Identifier: Apache-2.0

/** The native part: one operation at a time, whose end calls `onDone`. Throws after close(), and while it is busy. */
class SlotTask extends Native("xs_slot_destructor") {
  constructor(onDone: (problem?: string) => void) {
    super();
    native("xs_slot").call(this, onDone);
  }
  get size(): number {
    return native("xs_slot_get_size").call(this);
  }
  erase(offset: number, length: number): void {
    return native("xs_slot_erase").call(this, offset, length);
  }
  write(bytes: Uint8Array, offset: number): void {
    return native("xs_slot_write").call(this, bytes, offset);
  }
  close(): void {
    return native("xs_slot_close").call(this);
  }
}

/**
 * The flash slot for an update. A native task erases and programs, while JavaScript goes on but for the moments in which the
 * flash stops both cores. One operation at a time. After close() all but close() throw or reject.
 */
export default class Slot {
  private done: ((problem?: string) => void) | undefined;
  private readonly task: SlotTask;

  /** Throws if there is no slot. */
  constructor() {
    this.task = new SlotTask((problem) => this.settle(problem));
  }

  /** Capacity in bytes. */
  get size(): number {
    return this.task.size;
  }

  /** Erases whole sectors of 4,096 bytes, a block of 64 KB in one operation (250 ms). Rejects if the flash fails. */
  erase(offset: number, length: number): Promise<void> {
    return this.start(() => this.task.erase(offset, length));
  }

  /**
   * Programs erased bytes page by page while the video bus is quiet, and compares what is in flash then. Rejects if that is
   * not what was written.
   */
  write(bytes: Uint8Array, offset: number): Promise<void> {
    return this.start(() => this.task.write(bytes, offset));
  }

  /** Ends the operation under way, whose promise rejects. Idempotent. */
  close(): void {
    this.task.close();
    this.settle("the slot was closed");
  }

  private start(begin: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      begin();
      this.done = (problem) => {
        if (problem === undefined) resolve();
        else reject(new Error(problem));
      };
    });
  }

  private settle(problem?: string): void {
    const done = this.done;
    this.done = undefined;
    done?.(problem);
  }
}
