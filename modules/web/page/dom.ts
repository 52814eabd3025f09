// SPDX-License-Identifier: Apache-2.0
/** Makes elements of the document. */

type Child = Node | string | false | undefined;
type Attribute = string | number | boolean | undefined | ((event: never) => void);

/** An element with attributes (`true` is an empty one, `false` and undefined none), listeners (`onclick`, …) and children. */
export function h<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, Attribute> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(key.slice(2), value as EventListener);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...children.filter((child): child is Node | string => child !== undefined && child !== false));
  return element;
}

/** Sets a text only when it changes: unchanged text costs no layout and is not read out again. */
export function setText(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Strokes in a square of 24. */
const ICONS = {
  freeze: "M9 5v14M15 5v14",
  live: "M8 5l11 7-11 7z",
  files: "M12 4v11M7 11l5 5 5-5M5 20h14",
  record: "M12 6a6 6 0 1 0 0 12 6 6 0 0 0 0-12z",
  ffc: "M4 12a8 8 0 0 1 14-5.3M20 12a8 8 0 0 1-14 5.3M18 3v4h-4M6 21v-4h4",
  display:
    "M12 3a9 9 0 0 0 0 18c2 0 2-1.500 1.300-2.600-.8-1.300 0-2.900 1.700-2.900h2.500A3.500 3.500 0 0 0 21 12c0-5-4-9-9-9zM7.500 11.500v.1M10.500 7.500v.1M15 8v.1",
  box: "M4 9V5h4M20 9V5h-4M4 15v4h4M20 15v4h-4M12 9v6M9 12h6",
  graph: "M4 4v16h16M7 15l4-5 3 3 5-7",
  full: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5",
  menu: "M4 7h16M4 12h16M4 17h16",
  close: "M6 6l12 12M18 6L6 18",
} as const;
export type IconName = keyof typeof ICONS;

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(svg.namespaceURI as string, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

/** Offers a file to be saved. */
export function save(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
