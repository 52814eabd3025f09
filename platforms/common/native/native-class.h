/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_NATIVE_CLASS_H
#define TCAM_NATIVE_CLASS_H

/*
 * What the native classes of every platform share: host data, options, callbacks, and the arguments of read() and write() (ECMA-419).
 * A class named X:
 *
 *   typedef struct X { NativeObject base; ... } X;
 *   static const xsHostHooks kHooks = {xs_x_destructor, native_mark, NULL};
 *
 *   void xs_x_destructor(void *data) { if (data) ...; }         also after an incomplete constructor
 *   void xs_x(xsMachine *the)                                   constructor
 *   {
 *       X *x = native_create(the, sizeof *x, &kHooks);
 *       native_callback(the, &x->base, kOnReadable, xsID_onReadable, "onReadable");
 *       ...
 *       native_remember(the, &x->base);
 *   }
 *   void xs_x_close(xsMachine *the) { xs_x_destructor(native_detach(the, &xsThis, &kHooks)); }
 *   void xs_x_method(xsMachine *the) { X *x = native_this(the, &kHooks); ... }
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

enum { kNativeCallbacks = 5, kNativeNoCount = -1 };

/* First member of a class's struct. */
typedef struct NativeObject {
    xsSlot slot;                         /* the object, valid after native_remember() */
    xsSlot *callbacks[kNativeCallbacks]; /* functions given as options; NULL: none */
    uint32_t references;                 /* the object, and callbacks under way */
} NativeObject;

/* Allocates `bytes`, set to zero, as the host data of `this`, with one reference. Throws when out of memory. */
void *native_create(xsMachine *the, size_t bytes, const xsHostHooks *hooks);
/* Makes `data` (a NativeObject first, not from native_create()) the host data of `this`: the garbage collector calls the destructor. */
void native_attach(xsMachine *the, void *data, const xsHostHooks *hooks);
/* Ends a constructor: callbacks may come, and the object is not collected before native_detach(). */
void native_remember(xsMachine *the, NativeObject *object);

/* The host data of an object of the class. Throws SyntaxError when it is closed or of another class. */
void *native_data(xsMachine *the, xsSlot *instance, const xsHostHooks *hooks);
void *native_this(xsMachine *the, const xsHostHooks *hooks);
/* Takes the host data from an object, which is then closed. NULL: closed already. */
void *native_detach(xsMachine *the, xsSlot *instance, const xsHostHooks *hooks);

/* For data of native_create(). The last release frees it. */
void native_hold(NativeObject *object);
void native_release(NativeObject *object);

/* Marks the callbacks, for xsHostHooks. */
void native_mark(xsMachine *the, void *data, xsMarkRoot mark_root);

/* The function in option `id`, for native_mark(); NULL for undefined and null. Throws TypeError. */
xsSlot *native_function(xsMachine *the, xsIdentifier id, const char *name);
/* Reads the function in option `id` into callback `index`. */
void native_callback(xsMachine *the, NativeObject *object, int index, xsIdentifier id, const char *name);
/* Calls a callback unless it is NULL, with `count` as argument; kNativeNoCount: without one. From the event loop only. */
void native_call(xsMachine *the, NativeObject *object, int index, int count);
void native_call_function(xsMachine *the, xsSlot *object, xsSlot *function, int count);

/*
 * Property `id` of `options` as an integer from `low` to `high`; `absent` when it is missing and `absent` is in this range.
 * Throws RangeError, or Error when it is missing or undefined.
 */
int native_integer(xsMachine *the, xsSlot *options, xsIdentifier id, const char *name, int low, int high, int absent);
/* `slot` as an integer from 0 to `highest`. Throws RangeError. */
uint32_t native_unsigned(xsMachine *the, xsSlot *slot, const char *name, uint32_t highest);
/* A string of `low` to `size` - 1 bytes. Returns its length. Throws RangeError. */
size_t native_text(xsMachine *the, xsSlot *slot, const char *name, char *text, size_t low, size_t size);
/* Sets `this.target` to the option `target`, if there is one. */
void native_target(xsMachine *the);

/* Format "number" is true, "buffer" is false. Throws RangeError. */
bool native_is_number(xsMachine *the, xsSlot *format);
/* The option `format`: buffer if it is missing. */
bool native_format_option(xsMachine *the);
void native_format_result(xsMachine *the, bool is_number);

/*
 * read(), read(count), read(buffer): takes bytes by `read`, and makes the result. Undefined when nothing is `available`.
 * A count above `available` is an error, or is reduced to it with `partial`.
 */
void native_read(xsMachine *the, bool is_number, size_t available, bool partial, void (*read)(void *source, void *bytes, size_t count),
                 void *source);

/*
 * The arguments of feed(bytes, from, to). Returns the bytes from `from` on, valid until XS allocates, and sets `count` to their number.
 * Throws TypeError, or RangeError when the range is not in the buffer.
 */
const uint8_t *native_feed(xsMachine *the, uint32_t *from, size_t *count);

/* The bytes of write(): the buffer in xsArg(0), or the number in it, which is stored in `byte`. Valid until XS allocates. */
const void *native_write(xsMachine *the, bool is_number, uint8_t *byte, size_t *count);

#endif
