/* SPDX-License-Identifier: Apache-2.0 */
#ifndef VOSPI_CRC_H
#define VOSPI_CRC_H

#include "vospi-frame.h"

/*
 * CRC of one packet of kVospiPacketBytes as the Lepton computes it: CRC-16 with polynomial 0x1021, start value 0, most significant
 * bit first, over the whole packet with the ID's top four bits and the CRC field taken as zero (datasheet 4.2.3.1).
 * So the segment number in the ID is not protected. `packet` is aligned to 4 bytes.
 */
uint16_t vospi_crc_packet(const uint8_t *packet);

/* The same, and copies the packet's kVospiPayloadBytes to `payload`, aligned to 4 bytes too. */
uint16_t vospi_crc_copy(uint8_t *payload, const uint8_t *packet);

/* The CRC field of a packet. */
static inline uint16_t vospi_crc_field(const uint8_t *packet)
{
    return (uint16_t)((packet[2] << 8) | packet[3]);
}

#endif
