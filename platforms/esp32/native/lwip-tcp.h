/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_LWIP_TCP_H
#define TCAM_LWIP_TCP_H

#include "lwip-stream.h"

/* Makes a TCP object created without options the one for `stream`, which it then owns. Throws when it is not such an object. */
void tcp_object_accept(xsMachine *the, xsSlot *instance, Stream *stream);

#endif
