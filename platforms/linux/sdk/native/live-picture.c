/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Class LivePicture: draws each frame on the screen of the SDK's simulator, with the palette and the automatic range of the camera's
 * pictures. A screen of no size, as that of headless.c, stays as it is.
 */

#include <glib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "buffered-socket.h"
#include "frame-statistics.h"
#include "native-class.h"
#include "palette.h"
#include "screen.h"
#include "vospi-tap.h"

enum { kPalette = 2 }; /* iron: palette.c */

typedef struct LivePicture {
    NativeObject base;
    xsMachine *the;
    txScreen *screen;
    FrameStatistics statistics;
    FrameStatisticsWork work;
    uint8_t colours[kPaletteEntries][3];
} LivePicture;

void xs_livepicture_destructor(void *data);

static const xsHostHooks kHooks = {xs_livepicture_destructor, native_mark, NULL};

/* Pixels of the screen a pixel of the frame; 0: the screen is too small. */
static int scale_of(const txScreen *screen)
{
    int across = screen->width / kVospiColumns, down = screen->height / kVospiRows;
    return across < down ? across : down;
}

/* The screen's pixels are blue, green, red and one byte that is not used. */
static uint8_t *draw_pixel(uint8_t *to, const uint8_t colour[3], int scale)
{
    for (int i = 0; i < scale; i++, to += screenBytesPerPixel) {
        to[0] = colour[2];
        to[1] = colour[1];
        to[2] = colour[0];
        to[3] = 0xff;
    }
    return to;
}

/* Draws a row of the frame to `scale` rows of the screen. */
static void draw_row(const LivePicture *picture, const PaletteRange *range, const VospiFrame *frame, int row, int scale)
{
    const txScreen *screen = picture->screen;
    int left = (screen->width - scale * kVospiColumns) / 2, top = (screen->height - scale * kVospiRows) / 2;
    size_t stride = (size_t)screen->width * screenBytesPerPixel;
    uint8_t *first = picture->screen->buffer + (size_t)(top + row * scale) * stride + (size_t)left * screenBytesPerPixel, *to = first;

    for (int column = 0; column < kVospiColumns; column++) {
        uint16_t value = vospi_word(frame->pixels, (uint32_t)(row * kVospiColumns + column));
        to = draw_pixel(to, picture->colours[palette_entry(range, value)], scale);
    }
    for (int i = 1; i < scale; i++)
        memcpy(first + (size_t)i * stride, first, (size_t)(to - first));
}

static void draw(void *refcon, const VospiFrame *frame)
{
    LivePicture *picture = refcon;
    int scale = scale_of(picture->screen);

    if (!scale)
        return;
    frame_statistics(&picture->statistics, &picture->work, frame->pixels);
    uint32_t low = picture->statistics.percentile_1, high = picture->statistics.percentile_99;
    PaletteRange range = palette_range(low, high > low ? high : low + 1);
    for (int row = 0; row < kVospiRows; row++)
        draw_row(picture, &range, frame, row, scale);
    (*picture->screen->bufferChanged)(picture->screen);
}

/* The simulator unloads the program after its machine's end: nothing of it may stay in the event loop. XS leaves promise jobs there. */
static void leave_event_loop(xsMachine *the)
{
    while (g_idle_remove_by_data(the))
        ;
    buffered_socket_end_lingering();
}

/* At the machine's end. */
void xs_livepicture_destructor(void *data)
{
    LivePicture *picture = data;

    if (!picture)
        return;
    vospi_tap(NULL, NULL);
    leave_event_loop(picture->the);
    native_release(&picture->base);
}

void xs_livepicture(xsMachine *the)
{
    LivePicture *picture = native_create(the, sizeof *picture, &kHooks);

    picture->the = the;
    picture->screen = xsGetContext(the);
    palette_rgb(picture->colours, kPalette);
    vospi_tap(draw, picture);
    native_remember(the, &picture->base);
}
