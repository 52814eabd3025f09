// SPDX-License-Identifier: Apache-2.0
// Device tests wait for a real process in (nearly) real time.
jest.setTimeout(180_000);
