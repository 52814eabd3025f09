// SPDX-License-Identifier: Apache-2.0

/**
 * The names of the members of a JSON object, from text that JSON.parse accepts; none of another value. JSON.parse with
 * KEYS drops the names that it does not know, so the parsed object cannot show them.
 */
export const memberNames = (json: string): string[] => {
  const names: string[] = [];
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const character = json.charAt(at);
    if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    else if (character === '"') {
      const end = endOfString(json, at);
      if (depth === 1 && isColonNext(json, end)) names.push(JSON.parse(json.slice(at, end)) as string);
      at = end - 1;
    }
  }
  return names;
};

/** @param start of the opening quotation mark @returns position after the closing one */
const endOfString = (json: string, start: number): number => {
  let at = start + 1;
  while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
};

const isColonNext = (json: string, from: number): boolean => {
  let at = from;
  while (at < json.length && " \t\r\n".includes(json.charAt(at))) at += 1;
  return json.charAt(at) === ":";
};
