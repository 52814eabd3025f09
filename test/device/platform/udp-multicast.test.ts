// SPDX-License-Identifier: Apache-2.0
import { networkTest } from "./networks";
import { run } from "./run";

const group = "239.255.77.77";

/** Prints every datagram until "end"; `join` is the code that joins the group. */
const listen = (options: string, join: string): string => `
  import UDP from "embedded:io/socket/udp";
  const udp = new UDP({ port: 5353, target: "mine", ${options} onReadable(count) {
    while (count--) {
      const packet = this.read();
      const text = String.fromArrayBuffer(packet);
      say(this.target, packet.address, text);
      this.write(ArrayBuffer.fromString("answer"), packet.address, packet.port);
      this.write(ArrayBuffer.fromString("to all"), "${group}", packet.port);
      if (text === "end") { this.remove("${group}"); this.close(); this.close(); }
    }
  } });
  ${join}
  say("ready", udp.read());
`;

for (const [name, options, join] of [
  ["the option multicast", `multicast: "${group}", timeToLive: 255,`, ""],
  ["add()", "", `udp.add("${group}");`],
] as const)
  networkTest(
    `a socket in a group joined by ${name} receives its datagrams, answers them, and sends to the group`,
    async ({ run, udp, over }) => {
      const script = run(listen(options, join));
      expect(await script.line()).toBe("ready ");
      const peer = await udp();
      peer.join(group);
      peer.send("hello", 5353, group);
      expect(await script.line()).toBe("mine 127.0.0.1 hello");
      peer.send("end", 5353, group);
      expect(await script.line()).toBe("mine 127.0.0.1 end");
      await over(script);
      expect(peer.received.sort()).toEqual(["answer", "answer", "to all", "to all"]);
    },
  );

test.each([
  ["192.0.2.1", "no interface has the address 192.0.2.1"],
  ["localhost", "invalid address"],
])("multicast on the interface with the address %s is an error", async (address, message) => {
  const script = run(`
    import UDP from "embedded:io/socket/udp";
    try { new UDP({ port: 5353, multicast: "${group}", address: "${address}" }); } catch (error) { say(error.message); }
  `);
  expect(await script.line()).toBe(message);
});
