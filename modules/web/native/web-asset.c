/* SPDX-License-Identifier: Apache-2.0 */

/* Class WebAsset of modules/web: reads the web page, which tools/page.ts builds. */

#if !__has_include("../../../build/page/page.inc")
#error "The camera's web page is not built: run `npm install && npm run page` in the root of the repository."
#else

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "native-source.h"

#include "../../../build/page/page.inc"

typedef struct WebAsset {
    NativeSource source;
    size_t offset; /* bytes read */
} WebAsset;

void xs_web_asset_destructor(void *data);

static const xsHostHooks kHooks = {xs_web_asset_destructor, native_source_mark, NULL};

void xs_web_asset_destructor(void *data)
{
    free(data);
}

static size_t read_next(NativeSource *source, uint8_t *target, size_t size)
{
    WebAsset *asset = (WebAsset *)source;
    size_t left = sizeof kPage - asset->offset, count = size < left ? size : left;

    memcpy(target, kPage + asset->offset, count);
    asset->offset += count;
    return count;
}

static WebAsset *this_asset(xsMachine *the)
{
    return xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
}

/* Constructor. */
void xs_web_asset(xsMachine *the)
{
    WebAsset *asset = calloc(1, sizeof *asset);

    if (!asset)
        xsUnknownError("no memory for the web page");
    asset->source.read = read_next;
    xsmcSetHostData(xsThis, asset);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

/* length: bytes of the page. */
void xs_web_asset_get_length(xsMachine *the)
{
    this_asset(the);
    xsmcSetInteger(xsResult, (int)sizeof kPage);
}

/* etag: text that differs between pages. */
void xs_web_asset_get_etag(xsMachine *the)
{
    this_asset(the);
    xsmcSetString(xsResult, PAGE_ETAG);
}

/* read(target): returns the number of bytes written to it. */
void xs_web_asset_read(xsMachine *the)
{
    native_source_read(the, &this_asset(the)->source);
}

#endif
