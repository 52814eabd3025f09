/* SPDX-License-Identifier: Apache-2.0 */

/* Class ImageCheck, declared in modules/update/image-check.ts. */

#include <stdlib.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "image-check.h"

void xs_image_check_destructor(void *data);

static const xsHostHooks kHooks = {xs_image_check_destructor, NULL, NULL};

void xs_image_check_destructor(void *data)
{
    free(data);
}

void xs_image_check(xsMachine *the)
{
    ImageCheck *check = malloc(sizeof *check);

    if (!check)
        xsUnknownError("no memory");
    image_check_init(check);
    xsmcSetHostData(xsThis, check);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

void xs_image_check_take(xsMachine *the)
{
    void *bytes;
    xsUnsignedValue count;
    ImageCheck *check = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);

    xsmcGetBufferReadable(xsArg(0), &bytes, &count);
    image_check_take(check, bytes, count);
}

void xs_image_check_get_length(xsMachine *the)
{
    ImageCheck *check = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    xsmcSetInteger(xsResult, (xsIntegerValue)image_check_length(check));
}
