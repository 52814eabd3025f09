// SPDX-License-Identifier: Apache-2.0

/** The SDK's `mc/config` module: what `--config name=value` set, numbers and booleans as such, everything else as text. */
const config: Readonly<Record<string, unknown>> = Object.freeze(JSON.parse(native("xs_runner_config").call(undefined)));

export default config;
