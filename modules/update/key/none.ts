// SPDX-License-Identifier: Apache-2.0
/** `update/key` where no key is built in: owners move freely between this firmware and the original. */
const key: string | undefined = undefined;

export default key;
