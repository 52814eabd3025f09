// SPDX-License-Identifier: Apache-2.0
import { InvalidArgumentError } from "commander";
import {
  address,
  imageFile,
  integer,
  interfaceAddress,
  paletteName,
  port,
  word,
  words,
} from "../../../tools/tcam/arguments";

test.each<[string, number]>([
  ["0", 0],
  ["-5", -5],
  ["0x10", 16],
  ["10", 10],
])("%s is an integer", (text, value) => expect(integer(-5, 16)(text)).toBe(value));

test.each<[string, (text: string) => unknown, string, string]>([
  ["nothing for an integer", integer(0, 9), "", '"" is not an integer'],
  ["blanks for an integer", integer(0, 9), "  ", "is not an integer"],
  ["a word for an integer", integer(0, 9), "high", '"high" is not an integer'],
  ["a fraction for an integer", integer(0, 9), "1.5", '"1.5" is not an integer'],
  ["too large an integer", integer(0, 9), "10", "10 is not in 0 to 9"],
  ["too small an integer", integer(0, 9), "-1", "-1 is not in 0 to 9"],
  ["a word of 17 bits", word, "0x10000", "0x10000 is not in 0 to 65535"],
  ["too many words", (text) => words(2)(text, [1, 2]), "3", "There are more than 2"],
  ["a file of another kind", imageFile, "picture.gif", "must end in .png or .tjsn"],
  ["a file without a kind", imageFile, "png", "must end in .png or .tjsn"],
  ["an unknown palette", paletteName, "pink", "There are gray, ironbow"],
  ["an empty address", address, "", '"" is not an address'],
  ["a port above 65535", port, "70000", '"70000" is not a port'],
  ["an interface of another computer", interfaceAddress, "192.0.2.1", "127.0.0.1"],
  ["an interface by name", interfaceAddress, "lo", "127.0.0.1"],
])("%s is rejected", (_, parse, text, message) => {
  expect(() => parse(text)).toThrow(InvalidArgumentError);
  expect(() => parse(text)).toThrow(message);
});

test("valid values are accepted", () => {
  expect(words(2)("0xffff", words(2)("1"))).toEqual([1, 65535]);
  expect(imageFile("picture.PNG")).toBe("picture.PNG");
  expect(paletteName("gray")).toBe("gray");
  expect(interfaceAddress("127.0.0.1")).toBe("127.0.0.1");
});
