/* SPDX-License-Identifier: Apache-2.0 */

/* Class FrameFile of modules/image. The file holds the frame while it is read. */

#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "frame-file.h"
#include "image-options.h"
#include "native-class.h"
#include "native-source.h"
#include "vospi-hold.h"
#include "vospi-memory.h"

enum { kDateBytes = 20, kSoftwareBytes = 32, kFormatBytes = 8, kCentikelvinMaximum = 10 };

/* In the order of FrameFileFormat. */
static const char kFormats[kFrameFileFormats][kFormatBytes] = {"raw", "npy", "tiff", "png16", "png8", "csv", "json"};

typedef struct File {
    NativeSource source;
    VospiHold *hold; /* NULL when there is nothing to read */
    size_t left;     /* bytes not read yet */
    FrameFile core;
} File;

void xs_frame_file_destructor(void *data);

static const xsHostHooks kHooks = {xs_frame_file_destructor, native_source_mark, NULL};

static void release(File *file)
{
    if (file->hold)
        vospi_hold_release(file->hold);
    file->hold = NULL;
}

void xs_frame_file_destructor(void *data)
{
    if (data) {
        release(data);
        vospi_free(data);
    }
}

/* Writes the next bytes, 0 at the end. Releases the frame with the last byte. */
static size_t read_next(NativeSource *source, uint8_t *target, size_t size)
{
    File *file = (File *)source;
    size_t written = file->hold ? frame_file_read(&file->core, target, size) : 0;

    file->left -= written;
    if (!file->left)
        release(file);
    return written;
}

void xs_frame_file(xsMachine *the)
{
    File *file = vospi_allocate(sizeof(File));

    if (!file)
        xsUnknownError("no memory for a file");
    file->source.read = read_next;
    xsmcSetHostData(xsThis, file);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

static File *this_file(xsMachine *the)
{
    return xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
}

static FrameFileFormat format_option(xsMachine *the)
{
    char name[kFormatBytes];

    image_text(the, xsID_format, "format", name, sizeof name);
    for (int i = 0; i < kFrameFileFormats; i++)
        if (!strcmp(name, kFormats[i]))
            return (FrameFileFormat)i;
    xsRangeError("format: no format is named %s", name);
}

/* start(frame, options): returns the file's length. Discards an unfinished file. */
void xs_frame_file_start(xsMachine *the)
{
    char description[kFrameFileTextMaximum + 1], date[kDateBytes], software[kSoftwareBytes];
    File *file = this_file(the);

    FrameFileOptions options = {
        .format = format_option(the),
        .centikelvin = (uint8_t)native_integer(the, &xsArg(1), xsID_centikelvin, "centikelvin", 0, kCentikelvinMaximum, -1),
        .description_length = image_text(the, xsID_description, "description", description, sizeof description),
        .description = description,
        .date = date,
        .software = software,
    };
    if (options.format == kFrameFilePng8) {
        ImageColours colours = image_colours(the);
        options.palette = colours.palette;
        options.low = colours.low;
        options.high = colours.high;
    }
    if (image_text(the, xsID_date, "date", date, sizeof date) != kDateBytes - 1)
        xsRangeError("date: expected YYYY:MM:DD HH:MM:SS");
    image_text(the, xsID_software, "software", software, sizeof software);
    VospiHold *hold = vospi_hold_frame(the, &xsArg(0));
    release(file);
    file->hold = hold;
    file->left = frame_file_start(&file->core, &options, vospi_hold_read(hold)->pixels);
    xsmcSetInteger(xsResult, (int)file->left);
}

/* read(target): returns the number of bytes written to it. */
void xs_frame_file_read(xsMachine *the)
{
    native_source_read(the, &this_file(the)->source);
}

/* stop(): releases the frame; nothing more can be read. */
void xs_frame_file_stop(xsMachine *the)
{
    release(this_file(the));
}
