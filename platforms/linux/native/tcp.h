/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_TCP_H
#define TCAM_TCP_H

#include <stdbool.h>

#include "xsmc.h"

/* Gives an accepted, non-blocking socket to a TCP object created without options. False: out of memory, `fd` is still the caller's. */
bool tcp_object_accept(xsMachine *the, xsSlot *instance, int fd);

#endif
