// SPDX-License-Identifier: Apache-2.0
// Device tests wait for the firmware's process in real time.
jest.setTimeout(180_000);
