/* SPDX-License-Identifier: Apache-2.0 */

/* Class ImageEncoder of modules/image. The encoder holds the frame while it writes the message. */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "image-encoder.h"
#include "native-source.h"
#include "vospi-hold.h"

/* A camera name of 32 escaped bytes leaves three times the room that the other fields need. */
enum { kMetadataMaximum = 512 };

typedef struct Encoder {
    NativeSource source;
    ImageEncoder core;
    VospiHold *hold; /* NULL when there is nothing to read */
    bool summed;       /* `checksum` is wanted */
    uint32_t checksum; /* sum of the bytes read, modulo 2^32 */
    char metadata[kMetadataMaximum + 1];
} Encoder;

/* Filled with the first encoder. On the ESP32 it is in internal RAM; a constant in flash would compete for the cache. */
static ImageEncoderTable gTable;

void xs_image_encoder_destructor(void *data);

static const xsHostHooks kHooks = {xs_image_encoder_destructor, native_source_mark, NULL};

static void release(Encoder *encoder)
{
    if (encoder->hold)
        vospi_hold_release(encoder->hold);
    encoder->hold = NULL;
}

void xs_image_encoder_destructor(void *data)
{
    if (data) {
        release(data);
        free(data);
    }
}

/* Writes the next bytes, 0 at the end. Releases the frame with the last byte. */
static size_t read_next(NativeSource *source, uint8_t *target, size_t size)
{
    Encoder *encoder = (Encoder *)source;
    size_t written = encoder->hold ? image_encoder_read(&encoder->core, target, size) : 0;

    if (encoder->summed)
        encoder->checksum += image_encoder_sum(target, written);
    if (image_encoder_done(&encoder->core))
        release(encoder);
    return written;
}

/* Constructor(options): `checksum` is set if checksum() is needed, which takes half as long as the encoding. */
void xs_image_encoder(xsMachine *the)
{
    bool summed = false;

    if (xsmcArgc > 0 && xsmcTypeOf(xsArg(0)) == xsReferenceType) {
        xsmcVars(1);
        xsmcGet(xsVar(0), xsArg(0), xsID_checksum);
        summed = xsmcTest(xsVar(0));
    }
    Encoder *encoder = calloc(1, sizeof(Encoder));
    if (!encoder)
        xsUnknownError("no memory for an image encoder");
    encoder->source.read = read_next;
    encoder->summed = summed;
    if (!gTable.pairs[0])
        image_encoder_fill_table(&gTable);
    xsmcSetHostData(xsThis, encoder);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

static Encoder *this_encoder(xsMachine *the)
{
    return xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
}

/* start(frame, metadata): returns the message's length. Discards an unfinished message. */
void xs_image_encoder_start(xsMachine *the)
{
    Encoder *encoder = this_encoder(the);

    if (xsmcArgc < 2)
        xsTypeError("start: expected frame and metadata");
    const char *metadata = xsmcToString(xsArg(1));
    size_t length = strlen(metadata);
    if (length > kMetadataMaximum)
        xsRangeError("metadata: expected at most %d bytes, got %d", kMetadataMaximum, (int)length);
    /* Copied at once, because a garbage collection may move the string. */
    char copy[kMetadataMaximum];
    memcpy(copy, metadata, length);
    VospiHold *hold = vospi_hold_frame(the, &xsArg(0));
    release(encoder);
    encoder->hold = hold;
    encoder->checksum = 0;
    memcpy(encoder->metadata, copy, length);
    xsmcSetInteger(xsResult, (int)image_encoder_start(&encoder->core, &gTable, vospi_hold_read(hold), encoder->metadata, length));
}

/* read(target): returns the number of bytes written to it. */
void xs_image_encoder_read(xsMachine *the)
{
    native_source_read(the, &this_encoder(the)->source);
}

/* stop(): releases the frame; nothing more can be read. */
void xs_image_encoder_stop(xsMachine *the)
{
    release(this_encoder(the));
}

/* checksum(): the sum of the bytes read so far, modulo 2^32. */
void xs_image_encoder_checksum(xsMachine *the)
{
    Encoder *encoder = this_encoder(the);

    if (!encoder->summed)
        xsTypeError("checksum: expected an encoder made with `checksum`");
    xsmcSetNumber(xsResult, (double)encoder->checksum);
}
