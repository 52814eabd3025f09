// SPDX-License-Identifier: Apache-2.0
declare const PALETTES: readonly (readonly [string, readonly (readonly number[])[]])[];
document.body.textContent = PALETTES.map(([name]) => name).join(" ");
