// SPDX-License-Identifier: Apache-2.0
import { ThermalImage } from "../../../tools/tcam/image";
import { HostCamera } from "../../../tools/pi-host/host-camera";
import type { Style } from "../../../tools/pi-host/checked-image";
import { collect, frameCounter, wholeFrame } from "../camera/rig";
import { wiredBoardTest } from "./rig";

const FRAMES = 60;
const SPI_HZ = 7_000_000;

// At half speed the computer has 230 ms for what the sensor does in 115: all frames are the claim, not this computer's speed.
describe.each<Style>(["exact", "rounded"])("a host that clocks the %s length", (style) => {
  wiredBoardTest(
    `gets every frame of the sensor at ${SPI_HZ / 1e6} MHz, each with its checksum`,
    async ({ camera, wires }) => {
      camera.close();
      const host = await HostCamera.open({ ...wires, style, hz: SPI_HZ, timeout: 20_000 });
      try {
        const images = collect(host.connection, FRAMES);
        await host.connection.call("stream_on");
        const numbers = (await images).map(wholeFrame);
        expect(numbers).toEqual(Array.from({ length: FRAMES }, (_, i) => (numbers[0] ?? 0) + i));
        expect(host.counts.damaged).toBe(0);
      } finally {
        host.close();
      }
    },
    { scene: "counter", speed: 0.5 },
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
