/* SPDX-License-Identifier: Apache-2.0 */

/* Class WebAsset of modules/web: reads the documents that tools/page.ts builds. */

#if !__has_include("../../../build/page/page.inc") || !__has_include("../../../build/page/openapi.inc")
#error "The camera's web page is not built: run `npm install && npm run page` in the root of the repository."
#else

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "native-source.h"

#include "../../../build/page/openapi.inc"
#include "../../../build/page/page.inc"

typedef struct Document {
    const char *name;
    const char *etag;
    const uint8_t *bytes;
    size_t length;
} Document;

static const Document kDocuments[] = {
    {"page", PAGE_ETAG, kPage, sizeof kPage},
    {"openapi", OPENAPI_ETAG, kOpenApi, sizeof kOpenApi},
};

typedef struct WebAsset {
    NativeSource source;
    const Document *document;
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
    size_t left = asset->document->length - asset->offset, count = size < left ? size : left;

    memcpy(target, asset->document->bytes + asset->offset, count);
    asset->offset += count;
    return count;
}

static WebAsset *this_asset(xsMachine *the)
{
    return xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
}

static const Document *find_document(xsMachine *the, const char *name)
{
    const Document *document = kDocuments;

    while (strcmp(document->name, name) != 0)
        if (++document == kDocuments + sizeof kDocuments / sizeof kDocuments[0])
            xsUnknownError("no document has this name");
    return document;
}

/* Constructor: name of the document. */
void xs_web_asset(xsMachine *the)
{
    const Document *document = find_document(the, xsmcToString(xsArg(0)));
    WebAsset *asset = calloc(1, sizeof *asset);

    if (!asset)
        xsUnknownError("no memory for a document");
    asset->document = document;
    asset->source.read = read_next;
    xsmcSetHostData(xsThis, asset);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
}

/* length: bytes of the document. */
void xs_web_asset_get_length(xsMachine *the)
{
    xsmcSetInteger(xsResult, (int)this_asset(the)->document->length);
}

/* etag: text that differs between documents. */
void xs_web_asset_get_etag(xsMachine *the)
{
    xsmcSetString(xsResult, (char *)this_asset(the)->document->etag);
}

/* read(target): returns the number of bytes written to it. */
void xs_web_asset_read(xsMachine *the)
{
    native_source_read(the, &this_asset(the)->source);
}

#endif
