// SPDX-License-Identifier: Apache-2.0
/** The only limit of a test in real time: it ends a hung run. It is far above what a busy computer needs. */
jest.setTimeout(300_000);
