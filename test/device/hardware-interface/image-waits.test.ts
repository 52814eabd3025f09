// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { checkedImage } from "../../../tools/pi-host/checked-image";
import { SPI_HZ } from "../../../tools/pi-host/host-camera";
import { collect, wholeFrame } from "../camera/rig";
import { announcements, unread, wiredBoardTest } from "./rig";

wiredBoardTest(
  "commands are answered while an image waits, and the image stays",
  async ({ camera }) => {
    const { connection, bus } = camera;
    camera.fetch = unread;
    let announced = 0;
    connection.on("image_ready", () => announced++);
    const first = announcements(camera);
    await connection.call("stream_on");
    const [bytes = 0] = await first;
    expect(await connection.call("get_status")).toHaveProperty("status");
    expect(await connection.call("get_config")).toHaveProperty("config");
    await connection.call("set_time", { sec: 0, min: 0, hour: 0, dow: 1, day: 1, mon: 1, year: 56 });
    await connection.call("stream_off");
    expect(announced).toBe(1);
    wholeFrame(new ThermalImage(checkedImage(await bus.transfer(bytes, SPI_HZ), bytes)));
  },
  { scene: "counter", speed: 0.25 },
);

wiredBoardTest(
  "an image that is not fetched is replaced by the next one, and does not count",
  async ({ camera }) => {
    const { connection } = camera;
    const follow = camera.fetch;
    camera.fetch = unread;
    const dropped = announcements(camera, 3);
    await connection.call("stream_on", { delay_msec: 0, num_frames: 2 });
    await dropped;
    const images = collect(connection, 2);
    camera.fetch = follow;
    const numbers = (await images).map(wholeFrame);
    expect(numbers[1]).toBeGreaterThan(numbers[0] ?? Infinity);
  },
  { scene: "counter", speed: 4 },
);

wiredBoardTest(
  "an image stays after a transfer that was too short",
  async ({ camera }) => {
    const { connection, bus } = camera;
    camera.fetch = unread;
    let announced = 0;
    connection.on("image_ready", () => announced++);
    const first = announcements(camera);
    connection.send("get_image");
    const [bytes = 0] = await first;
    const part = await bus.transfer(1000, SPI_HZ);
    expect(part.toString("latin1", 0, 12)).toBe('\x02{"metadata"');
    await connection.call("get_status"); // the slave is armed again by then
    const whole = await bus.transfer(bytes, SPI_HZ);
    expect(whole.subarray(0, 1000)).toEqual(part);
    wholeFrame(new ThermalImage(checkedImage(whole, bytes)));
    expect(announced).toBe(1);
  },
  { scene: "counter", speed: 0.25 },
);

wiredBoardTest(
  "a transfer under way when the second ends is not disturbed",
  async ({ camera }) => {
    const { connection } = camera;
    const images = collect(connection, 3);
    camera.fetch = (bus, bytes) => bus.transfer(bytes, 8 * (bytes / 2)); // takes two seconds
    await connection.call("stream_on");
    (await images).map(wholeFrame);
    expect(camera.counts.damaged).toBe(0);
  },
  { scene: "counter", speed: 4 },
);

wiredBoardTest(
  "a host that keeps holding the bus is cut off, and later images come",
  async ({ camera }) => {
    const { connection } = camera;
    const follow = camera.fetch;
    camera.fetch = (bus, bytes) => bus.transfer(bytes, 8 * (bytes / 12)); // takes twelve seconds
    const damaged = new Promise((resolve) => camera.once("damaged", resolve));
    await connection.call("stream_on");
    await damaged;
    expect(camera.counts.whole).toBe(0);
    camera.fetch = follow;
    (await collect(connection, 5)).map(wholeFrame);
  },
  { scene: "counter", speed: 8 },
);
