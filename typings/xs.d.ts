// SPDX-License-Identifier: Apache-2.0
/* eslint-disable @typescript-eslint/triple-slash-reference -- global and ambient declarations cannot be imported */
/// <reference path="../node_modules/@moddable/typings/xs.d.ts" />
/// <reference path="../node_modules/@moddable/typings/time.d.ts" />
/// <reference path="../node_modules/@moddable/typings/timer.d.ts" />
/// <reference path="../node_modules/@moddable/typings/instrumentation.d.ts" />
/// <reference path="../node_modules/@moddable/typings/mc/config.d.ts" />

/*
 * What the XS engine and its hosts add to the language and @moddable/typings 5.6.0 does not declare yet.
 * In an SDK build `xs/includes/xs.d.ts` declares all of this, and this file is left out.
 */

/** What the IO classes accept as bytes: buffers, host buffers and the byte views (a view's own range, not its whole buffer). */
type ByteBuffer = ByteBufferTypes[keyof ByteBufferTypes];

interface ByteBufferTypes extends ArrayBufferTypes {
  Uint8Array: Uint8Array;
  Uint8ClampedArray: Uint8ClampedArray;
  Int8Array: Int8Array;
  DataView: DataView;
}

/**
 * A base class whose instances are host objects, ended by the C function `name` (an `xsDestructor`).
 * `any` is what makes the native methods' declared types the only ones: C has none to check against.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare function Native(name: string): new (...args: any[]) => any;
/** The C function `name` (an `xsCallback`) as a function. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
declare function native(name: string): (...args: any[]) => any;
