/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_CREATION_H
#define TCAM_CREATION_H

/* After xsmc.h, or the engine's xsAll.h. Default sizes of an XS machine on this computer: chunk heap in bytes, others in slots or entries. */
static const xsCreation kDefaultCreation = {
    .initialChunkSize = 1024 * 1024,
    .incrementalChunkSize = 64 * 1024,
    .initialHeapCount = 32768,
    .incrementalHeapCount = 4096,
    .stackCount = 4096,
    .initialKeyCount = 4096,
    .incrementalKeyCount = 1024,
    .nameModulo = 1993,
    .symbolModulo = 127,
    .parserBufferSize = 64 * 1024,
    .parserTableModulo = 1993,
};

#endif
