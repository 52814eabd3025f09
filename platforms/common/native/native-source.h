/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_NATIVE_SOURCE_H
#define TCAM_NATIVE_SOURCE_H

/*
 * A ByteSource that native code reads without a call of JavaScript. Its class has a NativeSource as the first member of the host data, and
 * native_source_mark as the marker of its hooks, by which native_source() recognizes it.
 */

#include <stddef.h>
#include <stdint.h>

#include "xsmc.h"

typedef struct NativeSource NativeSource;

struct NativeSource {
    /* Writes the next bytes, at most `size`. Returns their number: fewer than `size` only at the end, then 0. */
    size_t (*read)(NativeSource *source, uint8_t *target, size_t size);
};

/* Marks nothing. */
void native_source_mark(xsMachine *the, void *data, xsMarkRoot mark_root);

/* The source of an object, valid as long as the object. Throws TypeError for another object, SyntaxError for no host object. */
NativeSource *native_source(xsMachine *the, xsSlot *object);

/* read(target): the next bytes, into a buffer. The result is their number. Throws TypeError without a buffer. */
void native_source_read(xsMachine *the, NativeSource *source);

#endif
