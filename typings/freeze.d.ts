// SPDX-License-Identifier: Apache-2.0
/** On XS, `deep` freezes nested objects too; other engines ignore it. */
interface ObjectConstructor {
  freeze<T>(object: T, deep: boolean): Readonly<T>;
}
