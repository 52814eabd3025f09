// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { HostCamera } from "../../../tools/pi-host/host-camera";
import type { Style } from "../../../tools/pi-host/checked-image";
import { collect, frameCounter, wholeFrame } from "../camera/rig";
import { wiredBoardTest } from "./rig";
import type { VirtualCamera } from "../../../simulator/board/virtual-camera";
import { NEVER } from "../board-time";
import { eventually } from "../real-time";

const FRAMES = 60;
const SPI_HZ = 7_000_000;
/** ETX ends a message. */
const END = "\x03";

/**
 * Lets board time pass until `work` has ended, but not between an announcement and the transfer that it asks for: a host that is
 * always ready, however slow this computer is.
 */
async function withReadyHost<T>({ board }: VirtualCamera, work: Promise<T>): Promise<T> {
  const { hostSpi, pacer, serial } = board;
  let text = "";
  let waiting = 0;
  let over = false;
  void work.then(
    () => (over = true),
    () => (over = true),
  );
  const ends = [
    serial.received.subscribe((bytes) => {
      const messages = (text + bytes.toString("latin1")).split(END);
      text = messages.pop() ?? "";
      waiting += messages.filter((message) => message.includes("image_ready")).length;
    }),
    hostSpi.carried.subscribe(() => (waiting -= 1)),
  ];
  while (!over) {
    if (waiting > 0 && !hostSpi.busy) await eventually("a transfer", () => over || hostSpi.busy);
    else await pacer.advance(1);
  }
  ends.forEach((end) => end());
  return work;
}

describe.each<Style>(["exact", "rounded"])("a host that clocks the %s length", (style) => {
  wiredBoardTest(
    `gets every frame of the sensor at ${SPI_HZ / 1e6} MHz, each with its checksum`,
    async ({ camera, device, wires }) => {
      camera.close();
      const host = await HostCamera.open({ ...wires, style, hz: SPI_HZ, timeout: NEVER });
      try {
        const images = collect(host.connection, FRAMES);
        const begun = host.connection.call("stream_on");
        const numbers = (
          await withReadyHost(
            device,
            Promise.all([images, begun]).then(([all]) => all),
          )
        ).map(wholeFrame);
        expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, i) => (numbers[0] ?? 0) + i));
        expect(host.counts.damaged).toBe(0);
      } finally {
        host.close();
      }
    },
    { scene: "counter", speed: "stepped" },
  );
});

wiredBoardTest(
  "messages of every length are read in both styles (the camera's name changes the length)",
  async ({ camera, wires }) => {
    camera.close();
    for (const style of ["exact", "rounded"] as const) {
      const host = await HostCamera.open({ ...wires, style, timeout: 20_000 });
      const remainders = new Set<number>();
      host.connection.on("image_ready", (bytes) => remainders.add(bytes % 4));
      let last = -1;
      for (const name of ["tCam-1", "tCam-12", "tCam-123", "tCam-1234"]) {
        await host.connection.call("set_wifi", { ap_ssid: name });
        const image = new ThermalImage(await host.image(20_000));
        wholeFrame(image);
        expect(image.metadata.Camera).toBe(name);
        expect(frameCounter(image)).toBeGreaterThan(last);
        last = frameCounter(image);
      }
      host.close();
      expect([...remainders].sort()).toEqual([0, 1, 2, 3]);
      expect(host.counts.damaged).toBe(0);
    }
  },
  { scene: "counter" },
);
