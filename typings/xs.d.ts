// SPDX-License-Identifier: Apache-2.0
/* eslint-disable @typescript-eslint/triple-slash-reference -- global and ambient declarations cannot be imported */
/// <reference path="../node_modules/@moddable/typings/xs.d.ts" />
/// <reference path="../node_modules/@moddable/typings/time.d.ts" />
/// <reference path="../node_modules/@moddable/typings/timer.d.ts" />
/// <reference path="../node_modules/@moddable/typings/instrumentation.d.ts" />
/// <reference path="../node_modules/@moddable/typings/mc/config.d.ts" />

/*
 * Globals of the XS engine and its hosts that @moddable/typings 5.6.0 does not declare.
 * In an SDK build `xs/includes/xs.d.ts` declares these, and this file is not used.
 */

/** Bytes for IO classes: buffers, host buffers and byte views (the view's range, not its whole buffer). */
type ByteBuffer = ByteBufferTypes[keyof ByteBufferTypes];

interface ByteBufferTypes extends ArrayBufferTypes {
  Uint8Array: Uint8Array;
  Uint8ClampedArray: Uint8ClampedArray;
  Int8Array: Int8Array;
  DataView: DataView;
}

/**
 * A base class for host objects. `name` is the C function of their destructor (an `xsDestructor`).
 * `any`, because C declares no types: a native method has the types of its declaration.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare function Native(name: string): new (...args: any[]) => any;
/** The C function `name` (an `xsCallback`) as a function. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare function native(name: string): (...args: any[]) => any;
