/* SPDX-License-Identifier: Apache-2.0 */

/* The `mc/config` module: settings of the command line (in the SDK: of the manifest), handed over as one JSON text. */

#include "internal.h"
#include "xsmc.h"

static char *gSettings = NULL; /* members of the object, `"name":value,...` */

/* Whether `value` can stand in JSON as it is: a number, true, false or null. Everything else becomes a string. */
static bool is_literal(const char *value)
{
    if (!strcmp(value, "true") || !strcmp(value, "false") || !strcmp(value, "null"))
        return true;
    const char *p = value + (*value == '-');
    if (!isdigit((unsigned char)*p) || ((*p == '0') && isdigit((unsigned char)p[1])))
        return false;
    while (isdigit((unsigned char)*p))
        p++;
    if (*p == '.') {
        p++;
        if (!isdigit((unsigned char)*p))
            return false;
        while (isdigit((unsigned char)*p))
            p++;
    }
    return !*p;
}

static void write_string(FILE *stream, const char *text, size_t length)
{
    fputc('"', stream);
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c == '"') || (c == '\\'))
            fprintf(stream, "\\%c", c);
        else if (c < ' ')
            fprintf(stream, "\\u%04x", c);
        else
            fputc(c, stream);
    }
    fputc('"', stream);
}

bool config_add(const char *setting)
{
    const char *equal = strchr(setting, '=');
    if (!equal || (equal == setting)) {
        fprintf(stderr, "xs-runner: --config %s: not name=value\n", setting);
        return false;
    }
    char *settings = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&settings, &size);
    if (!stream)
        return false;
    if (gSettings)
        fprintf(stream, "%s,", gSettings);
    write_string(stream, setting, (size_t)(equal - setting));
    fputc(':', stream);
    if (is_literal(equal + 1))
        fputs(equal + 1, stream);
    else
        write_string(stream, equal + 1, strlen(equal + 1));
    fclose(stream);
    free(gSettings);
    gSettings = settings;
    return true;
}

void config_close(void)
{
    free(gSettings);
    gSettings = NULL;
}

/* Returns the text of the configuration object. */
void xs_runner_config(xsMachine *the)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);
    if (!stream)
        xsUnknownError("no memory");
    fprintf(stream, "{%s}", gSettings ? gSettings : "");
    fclose(stream);
    xsmcSetString(xsResult, text);
    free(text);
}
