/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The chip's limits (platforms/esp32/sdkconfig; segments as on an Ethernet with a VPN's headers) for natives and tests that are compiled
 * with this folder first. The library keeps its own; network.c brings the connections of the camera down to these.
 */
#include_next "lwipopts.h"

#undef TCP_MSS
#undef TCP_SND_BUF
#undef TCP_WND
#define TCP_MSS 1436
#define TCP_SND_BUF 28672
#define TCP_WND 16384
