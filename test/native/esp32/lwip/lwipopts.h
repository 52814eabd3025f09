/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The chip's limits (boards/tcam-mini/sdkconfig; segments of an Ethernet with VPN headers), for natives and tests compiled with this
 * folder first. The library keeps its own limits; network.c reduces the camera's connections to these.
 */
#include_next "lwipopts.h"

#undef TCP_MSS
#undef TCP_SND_BUF
#undef TCP_WND
#define TCP_MSS 1436
#define TCP_SND_BUF 28672
#define TCP_WND 16384
