/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Classes JpegEncoder, Jpeg and JpegSource of modules/image. The encoder's job holds the frame; its picture goes from the encoder's
 * memory to a block of its own size, which Jpeg and each JpegSource that sends it have a reference to.
 */

#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "image-options.h"
#include "jpeg-encoder.h"
#include "native-class.h"
#include "native-source.h"
#include "vospi-hold.h"
#include "vospi-memory.h"
#include "worker.h"

enum {
    /* White noise at twice the size takes 80 KB at quality 90, a room 6 KB at 80. */
    kPictureMaximum = 98304,
    kQualityMaximum = 100,
    kHeadBytes = 192,
    kTailBytes = 64,
};

enum { kOnEncoded };

typedef struct Picture {
    uint32_t references; /* XS thread */
    size_t length;
    uint8_t bytes[];
} Picture;

typedef struct Memory {
    JpegWork work;
    char comment[kJpegCommentMaximum + 1];
    JpegMark marks[kJpegMarks];
    uint8_t bytes[kPictureMaximum];
} Memory;

typedef struct Encoder {
    NativeObject base;
    Worker *worker; /* NULL before the first job */
    Memory *memory;
    VospiHold *hold; /* of the job under way; NULL: none */
    /* Of the job: belongs to the worker until it is done. */
    JpegOptions options;
    const uint8_t *pixels;
    Picture *result; /* NULL: no memory */
    Picture *ready;  /* during onEncoded, for Jpeg */
} Encoder;

void xs_jpeg_encoder_destructor(void *data);
void xs_jpeg_destructor(void *data);
void xs_jpeg_source_destructor(void *data);

static const xsHostHooks kEncoderHooks = {xs_jpeg_encoder_destructor, native_mark, NULL};
static const xsHostHooks kPictureHooks = {xs_jpeg_destructor, NULL, NULL};
static const xsHostHooks kSourceHooks = {xs_jpeg_source_destructor, native_source_mark, NULL};

static void release_picture(Picture *picture)
{
    if (picture && --picture->references == 0)
        vospi_free(picture);
}

static Picture *make_picture(const uint8_t *bytes, size_t length)
{
    Picture *picture = vospi_allocate(sizeof(Picture) + length);

    if (!picture)
        return NULL;
    picture->references = 1;
    picture->length = length;
    memcpy(picture->bytes, bytes, length);
    return picture;
}

static void release_frame(Encoder *encoder)
{
    if (encoder->hold)
        vospi_hold_release(encoder->hold);
    encoder->hold = NULL;
}

void xs_jpeg_encoder_destructor(void *data)
{
    Encoder *encoder = data;

    if (!encoder)
        return;
    if (encoder->worker)
        worker_free(encoder->worker);
    release_frame(encoder);
    release_picture(encoder->result);
    vospi_free(encoder->memory);
    encoder->worker = NULL;
    encoder->memory = NULL;
    encoder->result = NULL;
    native_release(&encoder->base);
}

/* In the worker. A picture that is too large is encoded at half the quality, and again. */
static void encode(void *refcon)
{
    Encoder *encoder = refcon;
    Memory *memory = encoder->memory;
    size_t length = 0;

    while (!length && encoder->options.quality) {
        length = jpeg_encode(memory->bytes, sizeof memory->bytes, &memory->work, &encoder->options, encoder->pixels);
        encoder->options.quality /= 2;
    }
    encoder->result = length ? make_picture(memory->bytes, length) : NULL;
}

static void on_encoded(xsMachine *the, void *refcon)
{
    Encoder *encoder = refcon;

    release_frame(encoder);
    encoder->ready = encoder->result;
    encoder->result = NULL;
    native_hold(&encoder->base);
    native_call(the, &encoder->base, kOnEncoded, encoder->ready ? (int)encoder->ready->length : 0);
    release_picture(encoder->ready);
    encoder->ready = NULL;
    native_release(&encoder->base);
}

void xs_jpeg_encoder(xsMachine *the)
{
    Encoder *encoder = native_create(the, sizeof *encoder, &kEncoderHooks);

    native_callback(the, &encoder->base, kOnEncoded, xsID_onEncoded, "onEncoded");
    native_remember(the, &encoder->base);
}

void xs_jpeg_encoder_close(xsMachine *the)
{
    xs_jpeg_encoder_destructor(native_detach(the, &xsThis, &kEncoderHooks));
}

static JpegMark read_mark(xsMachine *the, xsSlot *slot)
{
    JpegMark mark = {
        .left = (uint8_t)native_integer(the, slot, xsID_left, "left", 0, kVospiColumns - 1, -1),
        .top = (uint8_t)native_integer(the, slot, xsID_top, "top", 0, kVospiRows - 1, -1),
        .right = (uint8_t)native_integer(the, slot, xsID_right, "right", 0, kVospiColumns - 1, -1),
        .bottom = (uint8_t)native_integer(the, slot, xsID_bottom, "bottom", 0, kVospiRows - 1, -1),
        .colour = (uint8_t)native_integer(the, slot, xsID_colour, "colour", 0, kMarkColours - 1, -1),
    };
    char text[kJpegMarkText + 1];

    xsmcGet(xsVar(1), *slot, xsID_text);
    memcpy(mark.text, text, native_text(the, &xsVar(1), "text", text, 0, sizeof text));
    return mark;
}

/* The array xsArg(1).marks, which may be absent. Returns the number of marks. */
static size_t read_marks(xsMachine *the, JpegMark *marks)
{
    xsmcVars(2);
    xsmcGet(xsVar(0), xsArg(1), xsID_marks);
    if (xsmcTypeOf(xsVar(0)) == xsUndefinedType)
        return 0;
    size_t count = (size_t)native_integer(the, &xsVar(0), xsID_length, "marks", 0, kJpegMarks, -1);
    for (size_t i = 0; i < count; i++) {
        xsmcGetIndex(xsVar(1), xsVar(0), (xsIntegerValue)i);
        xsSlot slot = xsVar(1);
        marks[i] = read_mark(the, &slot);
    }
    return count;
}

/* start(frame, options, comment): onEncoded follows. */
void xs_jpeg_encoder_start(xsMachine *the)
{
    Encoder *encoder = native_this(the, &kEncoderHooks);

    if (encoder->hold)
        xsUnknownError("a picture is being encoded");
    if (!encoder->memory && !(encoder->memory = vospi_allocate(sizeof(Memory))))
        xsUnknownError("no memory for a picture");
    if (!encoder->worker && !(encoder->worker = worker_new(the, encode, on_encoded, encoder)))
        xsUnknownError("no memory for a worker");
    ImageColours colours = image_colours(the);
    size_t marks = read_marks(the, encoder->memory->marks);
    encoder->options = (JpegOptions){
        .low = colours.low,
        .high = colours.high,
        .palette = colours.palette,
        .quality = (uint8_t)native_integer(the, &xsArg(1), xsID_quality, "quality", 1, kQualityMaximum, -1),
        .scale = (uint8_t)native_integer(the, &xsArg(1), xsID_scale, "scale", 1, kJpegScaleMaximum, -1),
        .comment = encoder->memory->comment,
        .comment_length = native_text(the, &xsArg(2), "comment", encoder->memory->comment, 0, sizeof encoder->memory->comment),
        .marks = encoder->memory->marks,
        .mark_count = marks,
    };
    encoder->hold = vospi_hold_frame(the, &xsArg(0));
    encoder->pixels = vospi_hold_read(encoder->hold)->pixels;
    worker_start(encoder->worker);
}

/* Constructor(encoder): takes the encoder's picture. */
void xs_jpeg(xsMachine *the)
{
    Encoder *encoder = native_data(the, &xsArg(0), &kEncoderHooks);

    if (!encoder->ready)
        xsTypeError("expected an encoder with a picture");
    native_attach(the, encoder->ready, &kPictureHooks);
    encoder->ready = NULL;
}

void xs_jpeg_destructor(void *data)
{
    release_picture(data);
}

void xs_jpeg_get_length(xsMachine *the)
{
    Picture *picture = native_this(the, &kPictureHooks);
    xsmcSetInteger(xsResult, (int)picture->length);
}

void xs_jpeg_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    release_picture(native_this(the, &kPictureHooks));
    xsmcSetHostData(xsThis, NULL);
}

/* A picture between two texts. */
typedef struct Source {
    NativeSource source;
    Picture *picture; /* NULL: nothing to read */
    size_t at;        /* next byte of the three */
    size_t head_length, tail_length;
    char head[kHeadBytes], tail[kTailBytes];
} Source;

static void end_source(Source *source)
{
    release_picture(source->picture);
    source->picture = NULL;
}

void xs_jpeg_source_destructor(void *data)
{
    if (data) {
        end_source(data);
        vospi_free(data);
    }
}

/* Copies what is left of a part that begins at `start` of all bytes. Returns the number of bytes. */
static size_t copy_part(const Source *source, size_t start, const void *bytes, size_t length, uint8_t *target, size_t size)
{
    size_t from = source->at - start, left = length - from, count = left < size ? left : size;

    memcpy(target, (const uint8_t *)bytes + from, count);
    return count;
}

static size_t read_source(NativeSource *native, uint8_t *target, size_t size)
{
    Source *source = (Source *)native;
    size_t written = 0;

    while (source->picture && written < size) {
        size_t picture_at = source->head_length, tail_at = picture_at + source->picture->length;
        uint8_t *to = target + written;
        size_t room = size - written, count;
        if (source->at < picture_at)
            count = copy_part(source, 0, source->head, source->head_length, to, room);
        else if (source->at < tail_at)
            count = copy_part(source, picture_at, source->picture->bytes, source->picture->length, to, room);
        else
            count = copy_part(source, tail_at, source->tail, source->tail_length, to, room);
        source->at += count;
        written += count;
        if (source->at == tail_at + source->tail_length)
            end_source(source);
    }
    return written;
}

void xs_jpeg_source(xsMachine *the)
{
    Source *source = vospi_allocate(sizeof *source);

    if (!source)
        xsUnknownError("no memory for a source");
    source->source.read = read_source;
    native_attach(the, source, &kSourceHooks);
}

/* start(jpeg, head, tail): returns the length of all three. */
void xs_jpeg_source_start(xsMachine *the)
{
    Source *source = native_this(the, &kSourceHooks);
    Picture *picture = native_data(the, &xsArg(0), &kPictureHooks);
    end_source(source);
    source->head_length = native_text(the, &xsArg(1), "head", source->head, 0, sizeof source->head);
    source->tail_length = native_text(the, &xsArg(2), "tail", source->tail, 0, sizeof source->tail);
    picture->references++;
    source->picture = picture;
    source->at = 0;
    xsmcSetInteger(xsResult, (int)(source->head_length + picture->length + source->tail_length));
}

/* read(target): returns the number of bytes written to it. */
void xs_jpeg_source_read(xsMachine *the)
{
    Source *source = native_this(the, &kSourceHooks);
    native_source_read(the, &source->source);
}

void xs_jpeg_source_stop(xsMachine *the)
{
    end_source(native_this(the, &kSourceHooks));
}
