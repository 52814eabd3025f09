// SPDX-License-Identifier: Apache-2.0
/** What this browser remembers. Sign-in windows of phones may refuse to store anything. */
import type { Box } from "./geometry";
import type { Unit } from "./units";

const KEY = "tcam";

export interface Preferences {
  palette: string;
  unit: Unit;
  language: string;
  theme: "auto" | "dark" | "light";
  range: "auto" | "manual" | "locked";
  /** Ends of a manual or locked range, Kelvin. */
  low: number;
  high: number;
  isotherm: "off" | "above" | "below" | "between";
  /** Kelvin. */
  isothermLow: number;
  isothermHigh: number;
  markers: boolean;
  /** Undefined: where there is room. */
  graph: boolean | undefined;
  boxes: Box[];
}

const DEFAULTS: Preferences = {
  palette: "iron",
  unit: "°C",
  language: "auto",
  theme: "auto",
  range: "auto",
  low: 288.15,
  high: 308.15,
  isotherm: "off",
  isothermLow: 303.15,
  isothermHigh: 313.15,
  markers: true,
  graph: undefined,
  boxes: [],
};

function load(): Preferences {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return { ...DEFAULTS };
  }
}

export const preferences = load();

export function savePreferences(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // They last as long as the page.
  }
}
