/* SPDX-License-Identifier: Apache-2.0 */

/* Nanoseconds the portable core needs for one frame, best of several runs: `crc-assemble N` and `encode N`, one a line. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "image-encoder.h"
#include "sensor-model.h"
#include "vospi-assembler.h"

enum { kFrames = 200, kRuns = 7, kSegments = 4, kChunk = 1436 };

static const char kMetadata[] = "{\"Camera\":\"tCam-Mini-EFB5\",\"Model\":262146,\"Version\":\"4.0\",\"Time\":\"12:34:56.789\",\"Date\":\"1/2/26\"}";

static uint8_t packets[kFrames][kSegments][kVospiSegmentBytes];

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void prepare(void)
{
    SensorModel model;
    model_init(&model);
    for (int frame = 0; frame < kFrames; frame++) {
        while (model_number(&model) != 1)
            model_advance(&model, 1);
        for (int segment = 0; segment < kSegments; segment++) {
            model_write(&model, packets[frame][segment]);
            model_advance(&model, 1);
        }
    }
}

/* @returns frames that came out whole */
static int assemble(VospiFrame *frame)
{
    VospiStatistics statistics = {0};
    VospiAssembler assembler;
    uint64_t time = 0;
    int whole = 0;

    vospi_assembler_init(&assembler, &statistics);
    for (int i = 0; i < kFrames; i++) {
        assembler.frame = frame;
        for (int segment = 0; segment < kSegments; segment++) {
            vospi_assembler_vsync(&assembler, time += 9497);
            for (int packet = 0; packet < kVospiSegmentPackets; packet++)
                vospi_assembler_packet(&assembler, packets[i][segment] + packet * kVospiPacketBytes);
        }
        whole += assembler.complete;
        assembler.complete = false;
        time += 8 * 9497;
    }
    return whole;
}

static uint32_t encode(const VospiFrame *frame)
{
    static uint8_t chunk[kChunk];
    static ImageEncoderTable table;
    ImageEncoder encoder;
    uint32_t sum = 0;

    image_encoder_fill_table(&table);
    for (int i = 0; i < kFrames; i++) {
        image_encoder_start(&encoder, &table, frame, kMetadata, sizeof kMetadata - 1);
        while (image_encoder_read(&encoder, chunk, sizeof chunk) > 0)
            sum += chunk[0];
    }
    return sum;
}

int main(void)
{
    VospiFrame *frame = calloc(1, sizeof *frame);
    double assembling = 1e9, encoding = 1e9;
    uint32_t sum = 0;

    if (!frame)
        return 1;
    prepare();
    for (int run = 0; run < kRuns; run++) {
        double start = seconds();
        int whole = assemble(frame);
        double middle = seconds();
        sum += encode(frame);
        double end = seconds();
        if (whole != kFrames) {
            fprintf(stderr, "only %d of %d frames are whole\n", whole, kFrames);
            return 1;
        }
        if (middle - start < assembling)
            assembling = middle - start;
        if (end - middle < encoding)
            encoding = end - middle;
    }
    printf("crc-assemble %.0f\nencode %.0f\n", assembling / kFrames * 1e9, encoding / kFrames * 1e9);
    fprintf(stderr, "(%u)\n", (unsigned)sum);
    free(frame);
    return 0;
}
