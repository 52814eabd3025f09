// SPDX-License-Identifier: Apache-2.0
/** XS freezes deeply when asked to; elsewhere the second argument is ignored. */
interface ObjectConstructor {
  freeze<T>(object: T, deep: boolean): Readonly<T>;
}
