/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_FORMAT_H
#define VOSPI_FORMAT_H

/*
 * Sizes and times of the Lepton's video over SPI (Lepton Engineering Datasheet 500-0771-01-09 Rev 400, section 4.2),
 * for RAW14, TLinear and AGC output with telemetry in the footer.
 *
 *   packet   ID (2 bytes) | CRC (2 bytes) | 80 big-endian words = half a row, or a telemetry row
 *            ID: 0 TTT NNNN NNNN NNNN   TTT: segment 1..4 in packet 20, 0 = segment without a picture
 *                                       NNN: packet 0..60; xFxx = discard packet
 *   segment  61 packets, a VSYNC pulse each
 *   frame    4 segments: 240 packets of pixels, then telemetry rows A, B, C and an undocumented D
 */

enum {
    kVospiColumns = 160,
    kVospiRows = 120,
    kVospiPixels = kVospiColumns * kVospiRows,
    kVospiPixelBytes = 2 * kVospiPixels,

    kVospiHeaderBytes = 4,
    kVospiPayloadBytes = 160,
    kVospiPayloadWords = kVospiPayloadBytes / 2,
    kVospiPacketBytes = kVospiHeaderBytes + kVospiPayloadBytes,

    kVospiSegmentPackets = 61,
    kVospiSegmentBytes = kVospiSegmentPackets * kVospiPacketBytes,
    kVospiSegments = 4,
    kVospiNumberPacket = 20, /* the packet that carries the segment's number */

    kVospiPixelPackets = kVospiPixels / kVospiPayloadWords,
    kVospiTelemetryRows = 3,
    kVospiTelemetryWords = kVospiTelemetryRows * kVospiPayloadWords,
    kVospiTelemetryBytes = kVospiTelemetryRows * kVospiPayloadBytes,

    /* Telemetry words used here (datasheet table "Telemetry Row A"); 32-bit values are low word first. */
    kVospiTelemetryRevision = 0,
    kVospiTelemetryTime = 1,
    kVospiTelemetryFrame = 20,
    kVospiTelemetryFormat = 72,
    kVospiFormatRaw14 = 7,

    kVospiPeriodMicroseconds = 9497,   /* VSYNC to VSYNC, measured 9.4969 ms (the datasheet says about 106 Hz) */
    kVospiResyncMicroseconds = 185500, /* CS high and clock idle: more than 185 ms (4.2.3.3.1) */
};

#endif
