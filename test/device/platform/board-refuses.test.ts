// SPDX-License-Identifier: Apache-2.0
import { FakeBoard } from "./fake-board";
import { run } from "./run";

const source = `
  import Digital from "embedded:io/digital";
  try { new Digital({ pin: 99, mode: Digital.Output }); say("no error"); } catch (error) { say(error.message); }
`;

test("an opening that the board refuses throws with the board's text", async () => {
  const board = await FakeBoard.start(() => {
    throw new Error('no such "pin"');
  });
  const script = run(source, { env: board.env });
  expect(await script.line()).toBe('no such "pin"');
});

test("an answer other than a JSON object, a closed connection and a missing board throw with a reason", async () => {
  const garbage = await FakeBoard.start(() => "hello\n");
  expect(await run(source, { env: garbage.env }).line()).toBe("the board's answer cannot be understood");
  const closing = await FakeBoard.start((channel) => {
    channel.socket.destroy();
    return undefined;
  });
  expect(await run(source, { env: closing.env }).line()).toBe("the board is gone");
  expect(await run(source, { env: { TCAM_BOARD: "/nowhere/board" } }).line()).toMatch(
    /^cannot reach the board: No such file/,
  );
  expect(await run(source, { env: { TCAM_BOARD: "" } }).line()).toBe("no board: TCAM_BOARD is not set");
});
