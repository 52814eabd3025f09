// SPDX-License-Identifier: Apache-2.0
import { ROUTES } from "../../../modules/web/routes";
import { readPalettes } from "../../../tools/palettes";

const names = readPalettes().map(([name]) => name);

test.each(["snapshot", "snapshotPng", "stream"] as const)(
  "the route %s has the palettes of the C table, in its order",
  (route) => {
    expect(ROUTES[route].query.palette.values).toEqual(names);
  },
);
