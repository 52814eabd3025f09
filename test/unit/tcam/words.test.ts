// SPDX-License-Identifier: Apache-2.0
import {
  flagsInWords,
  flagsToSend,
  gainInWords,
  modelInWords,
  networkInWords,
  readWifi,
} from "../../../tools/tcam/words";
import { WIFI } from "./tcam";

test.each([
  [262146, "4.0", "Lepton 3.5, WiFi, updates over the air"],
  [262402, "4.0", "Lepton 3.0, WiFi, updates over the air"],
  [262658, "4.0", "Lepton 3.1R, WiFi, updates over the air"],
  [262147, "4.0", "Lepton 3.5, hardware interface, updates over the air"],
  [262147, "2.1", "Lepton 3.5, hardware interface, updates over the air"],
  [2, "1.0", "Lepton 3.5, WiFi"],
  // The original's 3.x has the board in the lowest bits and the interface in bits 13:12.
  [262147, "3.2", "Lepton 3.5, WiFi, updates over the air"],
  [266242, "3.2", "Lepton 3.5, hardware interface, updates over the air"],
  [270339, "3.2", "Lepton 3.5, Ethernet, updates over the air"],
])("model %i of version %s", (model, version, text) => expect(modelInWords(model, version)).toBe(text));

test.each([
  [0, "high"],
  [1, "low"],
  [2, "automatic"],
  [3, "unknown"],
])("gain %i is %s", (mode, text) => expect(gainInWords(mode)).toBe(text));

test.each([
  [15, "access point, enabled, initialised, started, connected"],
  [0x9f, "client of a network, static address, enabled, initialised, started, connected"],
  [128, "client of a network, WiFi off"],
])("flags %i", (flags, text) => expect(flagsInWords(flags)).toBe(text));

test.each<[string, number | undefined, boolean, number, number | undefined]>([
  ["128 alone would turn WiFi off", 128, false, 15, 129],
  ["129 is 129", 129, false, 15, 129],
  ["0 is an access point", 0, false, 0x8f, 1],
  ["no flags given, no flags sent", undefined, false, 15, undefined],
  ["off keeps the stored flags except bit 0", undefined, true, 0x9f, 0x90],
  ["off overrides the given flags", 129, true, 15, 128],
])("flags: %s", (_, flags, off, current, sent) => expect(flagsToSend({ flags, off }, current)).toBe(sent));

test.each([
  [{ flags: 1 }, 'it opens its own network "tCam" at 192.168.4.1'],
  [{ flags: 1, ap_pw: "" }, 'it opens its own network "tCam" at 192.168.4.1, open to everyone'],
  [{ flags: 1, ap_pw: "12345678" }, 'it opens its own network "tCam" at 192.168.4.1, with the new password'],
  [{ flags: 0x81 }, 'it joins the network "Home" with an address from its DHCP server'],
  [{ flags: 0x91 }, 'it joins the network "Home" at 10.0.0.9, mask 255.0.0.0'],
  [{ flags: 0x80 }, "its WiFi goes off: only its button, held for 5 s, brings it back"],
])("%j in words", (change, text) => expect(networkInWords({ ...readWifi(WIFI), ...change })).toBe(text));
