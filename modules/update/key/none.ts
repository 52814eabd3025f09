// SPDX-License-Identifier: Apache-2.0
/** `update/key` of a build without a key: owners move freely between this firmware and the original. */
const key: string | undefined = undefined;

export default key;
