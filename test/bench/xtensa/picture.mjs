// SPDX-License-Identifier: Apache-2.0
/** Writes the pixels of a recorded image (its first argument) to the standard output, high byte first. */
import { readFileSync } from "node:fs";

const [, , file] = process.argv;
const { radiometric } = JSON.parse(readFileSync(file, "utf8").replace(/[\x02\x03]/g, ""));
process.stdout.write(Buffer.from(radiometric, "base64").swap16());
