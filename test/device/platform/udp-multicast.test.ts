// SPDX-License-Identifier: Apache-2.0
import { createSocket } from "node:dgram";
import type { Socket } from "node:dgram";
import { run } from "./run";

const group = "239.255.77.77";
let node: Socket;

beforeEach(async () => {
  node = createSocket({ type: "udp4", reuseAddr: true });
  await new Promise<void>((resolve) => node.bind(0, resolve));
  node.addMembership(group, "127.0.0.1");
  node.setMulticastInterface("127.0.0.1");
  node.setMulticastLoopback(true);
});
afterEach(() => new Promise<void>((resolve) => node.close(() => resolve())));

/** Prints every datagram until "end"; `join` is the code that joins the group. */
const listen = (options: string, join: string): string => `
  import UDP from "embedded:io/socket/udp";
  const udp = new UDP({ port: 5353, target: "mine", ${options} onReadable(count) {
    while (count--) {
      const packet = this.read();
      const text = String.fromArrayBuffer(packet);
      say(this.target, packet.address, text);
      this.write(ArrayBuffer.fromString("answer"), packet.address, packet.port);
      this.write(ArrayBuffer.fromString("to all"), "${group}", ${"NODE_PORT"});
      if (text === "end") { this.remove("${group}"); this.close(); this.close(); }
    }
  } });
  ${join}
  say("ready", udp.read());
`;

test.each([
  ["the option multicast", `multicast: "${group}", timeToLive: 255,`, ""],
  ["add()", "", `udp.add("${group}");`],
])(
  "a socket in a group joined by %s receives its datagrams, answers them, and sends to the group",
  async (_name, options, join) => {
    const received: string[] = [];
    node.on("message", (message) => received.push(message.toString()));
    const script = run(listen(options, join).replace("NODE_PORT", String(node.address().port)));
    expect(await script.line()).toBe("ready ");
    node.send("hello", 5353, group);
    expect(await script.line()).toBe("mine 127.0.0.1 hello");
    node.send("end", 5353, group);
    expect(await script.line()).toBe("mine 127.0.0.1 end");
    expect(await script.ended).toBe(0);
    expect(received.sort()).toEqual(["answer", "answer", "to all", "to all"]);
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
