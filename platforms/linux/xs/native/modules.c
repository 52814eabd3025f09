/* SPDX-License-Identifier: Apache-2.0 */

/*
 * ES modules from files. A module's name is its path below the root without `.js`, however it was imported,
 * so that a file is one module. Specifiers, after a trailing `.js` or `.mjs` is taken off as the SDK does:
 *   ./x and ../x    against the importer
 *   x in the map    the path the map gives
 *   any other x     ROOT/x.js
 */

#include "internal.h"
#include "xsScript.h"

#include <sys/stat.h>

typedef struct MapEntry MapEntry;

struct MapEntry {
    MapEntry *next;
    char *path;
    char specifier[];
};

static struct {
    char root[PATH_MAX];
    MapEntry *map;
    size_t count;
    size_t code;
} gModules;

/* Paths */

static void strip_extension(char *path)
{
    char *name = strrchr(path, '/');
    char *dot = strrchr(name ? name : path, '.');
    if (dot && (!strcmp(dot, ".js") || !strcmp(dot, ".mjs")))
        *dot = 0;
}

/* Resolves `.`, `..` and doubled slashes in place. False when the path climbs above its start or is empty. */
static bool normalize(char *path)
{
    char *in = path, *out = path;
    for (bool last = false; !last;) {
        size_t length = strcspn(in, "/");
        last = !in[length];
        if ((length == 2) && (in[0] == '.') && (in[1] == '.')) {
            if (out == path)
                return false;
            out--; /* the slash */
            while ((out > path) && (out[-1] != '/'))
                out--;
        }
        else if (length && ((length != 1) || (in[0] != '.'))) {
            memmove(out, in, length);
            out += length;
            *out++ = '/'; /* takes the place of the slash after the segment, or of the end */
        }
        in += length + 1;
    }
    if (out == path)
        return false;
    out[-1] = 0;
    return true;
}

/* A path as a person near the working directory would write it. */
static const char *display(const char *path)
{
    char folder[PATH_MAX];
    if (getcwd(folder, sizeof(folder))) {
        size_t length = strlen(folder);
        if (!strncmp(path, folder, length) && (path[length] == '/'))
            return path + length + 1;
    }
    return path;
}

static bool file_of(const char *name, const char *extension, char *path, size_t size)
{
    int length = snprintf(path, size, "%s/%s%s", gModules.root, name, extension);
    return (length > 0) && ((size_t)length < size);
}

/* Map */

bool modules_open(const char *root)
{
    struct stat status;
    if (!realpath(root, gModules.root) || stat(gModules.root, &status) || !S_ISDIR(status.st_mode)) {
        fprintf(stderr, "xs-runner: no folder of modules: %s\n", root);
        return false;
    }
    return true;
}

static bool add_line(char *line)
{
    char *comment = strchr(line, '#');
    if (comment)
        *comment = 0;
    size_t length = strlen(line);
    while (length && isspace((unsigned char)line[length - 1]))
        line[--length] = 0;
    while (isspace((unsigned char)*line))
        line++;
    if (!*line)
        return true;
    char *equal = strchr(line, '=');
    if (!equal || (equal == line) || !equal[1])
        return false;
    *equal = 0;
    strip_extension(line);
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s", equal + 1);
    strip_extension(path);
    if (!normalize(path))
        return false;
    MapEntry *entry = malloc(sizeof(*entry) + strlen(line) + 1);
    if (!entry)
        return false;
    strcpy(entry->specifier, line);
    entry->path = strdup(path);
    entry->next = gModules.map;
    gModules.map = entry;
    return entry->path != NULL;
}

bool modules_map(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "xs-runner: no map of modules: %s\n", path);
        return false;
    }
    char *line = NULL;
    size_t size = 0;
    int number = 0;
    bool good = true;
    while (good && (getline(&line, &size, file) >= 0)) {
        number++;
        good = add_line(line);
    }
    if (!good)
        fprintf(stderr, "xs-runner: %s:%d: not specifier=path\n", path, number);
    free(line);
    fclose(file);
    return good;
}

void modules_close(void)
{
    MapEntry *entry;
    while ((entry = gModules.map)) {
        gModules.map = entry->next;
        free(entry->path);
        free(entry);
    }
}

size_t modules_count(void)
{
    return gModules.count;
}

size_t modules_code(void)
{
    return gModules.code;
}

/* Resolving */

static const char *mapped(const char *specifier)
{
    /* The last line that names a specifier counts. */
    for (MapEntry *entry = gModules.map; entry; entry = entry->next) {
        if (!strcmp(entry->specifier, specifier))
            return entry->path;
    }
    return NULL;
}

static bool is_relative(const char *specifier)
{
    return !strncmp(specifier, "./", 2) || !strncmp(specifier, "../", 3);
}

static bool resolve(const char *specifier, const char *importer, char *name, size_t size)
{
    char plain[PATH_MAX];
    if (snprintf(plain, sizeof(plain), "%s", specifier) >= (int)sizeof(plain))
        return false;
    strip_extension(plain);
    int length;
    if (is_relative(plain)) {
        const char *slash = importer ? strrchr(importer, '/') : NULL;
        length = snprintf(name, size, "%.*s%s", slash ? (int)(slash - importer + 1) : 0, importer ? importer : "", plain);
    }
    else {
        const char *path = mapped(plain);
        if (!path && (plain[0] == '/'))
            return false;
        length = snprintf(name, size, "%s", path ? path : plain);
    }
    return (length > 0) && ((size_t)length < size) && normalize(name);
}

/* The engine's own error text ends at 127 bytes; paths are longer. */
static void throw_not_found(txMachine *the, const char *specifier, const char *importer, const char *file)
{
    char message[3 * PATH_MAX];
    size_t length = (size_t)snprintf(message, sizeof(message), "module \"%s\" not found", specifier);
    if (importer && (length < sizeof(message)))
        length += (size_t)snprintf(message + length, sizeof(message) - length, ", imported by %s", importer);
    if (file && (length < sizeof(message)))
        snprintf(message + length, sizeof(message) - length, " (no file %s)", display(file));
    mxPush(mxReferenceErrorConstructor);
    mxNew();
    mxPushStringC(message);
    mxRunCount(1);
    mxPull(mxException);
    fxThrow(the, NULL, 0);
}

txID fxFindModule(txMachine *the, txSlot *realm, txID importer_id, txSlot *slot)
{
    (void)realm;
    char specifier[PATH_MAX], name[PATH_MAX], file[PATH_MAX];
    fxToStringBuffer(the, slot, specifier, sizeof(specifier));
    const char *importer = (importer_id == XS_NO_ID) ? NULL : fxGetKeyName(the, importer_id);
    if (!resolve(specifier, importer, name, sizeof(name)))
        throw_not_found(the, specifier, importer, NULL);
    if (!file_of(name, ".js", file, sizeof(file)) || access(file, R_OK))
        throw_not_found(the, specifier, importer, file);
    return fxNewNameC(the, name);
}

/* Loading */

static void report_syntax(void *console, txString path, txInteger line, txString format, c_va_list arguments)
{
    (void)console;
    fprintf(stderr, "%s:%d: error: ", path ? path : "?", (int)line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

static void ignore_warning(void *console, txString path, txInteger line, txString format, c_va_list arguments)
{
    (void)console, (void)path, (void)line, (void)format, (void)arguments;
}

static int next_byte(void *stream)
{
    return getc_unlocked((FILE *)stream);
}

/* Joins `name`, relative to the folder of `from`, into an absolute path. */
static bool beside(const char *from, const char *name, char *path, size_t size)
{
    const char *slash = strrchr(from, '/');
    int length = snprintf(path, size, "%.*s/%s", (int)(slash - from), from, name);
    if ((length < 0) || ((size_t)length >= size) || (path[0] != '/') || !normalize(path + 1))
        return false;
    return true;
}

/*
 * The engine's reader of source maps takes a line over when it sees what ends it, so the last one is lost.
 * This stream ends the last one too: `;` goes before the quote that closes the mappings.
 */
typedef struct {
    FILE *file;
    const char *expected; /* rest of the mappings' name while it is being matched */
    int held;             /* a character that comes after the one that was put before it; EOF: none */
} MapStream;

static const char kMappings[] = "\"mappings\":\"";

static int next_map_byte(void *stream)
{
    MapStream *map = stream;
    int c = map->held;
    if (c != EOF) {
        map->held = EOF;
        return c;
    }
    c = getc_unlocked(map->file);
    if (!*map->expected) {
        if (c == '"') {
            map->expected = kMappings;
            map->held = c;
            return ';';
        }
    }
    else if (c == *map->expected)
        map->expected++;
    else
        map->expected = (c == kMappings[0]) ? kMappings + 1 : kMappings;
    return c;
}

/* Takes lines from the compiler's source map, if there is one: exceptions then name file and line of the TypeScript source. */
static void read_source_map(txParser *parser, const char *path, txString name, FILE **opened)
{
    char map[PATH_MAX], source[PATH_MAX];
    if (!strncmp(name, "data:", 5) || !beside(path, name, map, sizeof(map)))
        return;
    FILE *file = *opened = fopen(map, "r");
    if (!file)
        return;
    MapStream stream = {file, kMappings, EOF};
    txString source_name = NULL;
    fxParserSourceMap(parser, &stream, next_map_byte, mxDebugFlag, &source_name);
    if (parser->errorCount || !source_name || !beside(map, source_name, source, sizeof(source)))
        return;
    parser->path = fxNewParserSymbol(parser, (txString)display(source));
    /* A line the compiler made up belongs to the one before. */
    for (int line = 1; line <= parser->line; line++) {
        if (!parser->lines[line])
            parser->lines[line] = parser->lines[line - 1];
    }
}

static txScript *parse(txMachine *the, const char *path)
{
    txParser parser;
    txParserJump jump;
    txScript *volatile script = NULL;
    FILE *volatile file = NULL;
    fxInitializeParser(&parser, the, the->parserBufferSize, the->parserTableModulo);
    parser.reportError = report_syntax;
    parser.reportWarning = ignore_warning;
    parser.firstJump = &jump;
    if (c_setjmp(jump.jmp_buf) == 0) {
        FILE *opened = fopen(path, "r");
        file = opened;
        if (opened) {
            txString name = NULL;
            parser.path = fxNewParserSymbol(&parser, (txString)display(path));
            fxParserTree(&parser, opened, next_byte, mxDebugFlag, &name);
            fclose(opened);
            file = opened = NULL;
            if (name && !parser.errorCount) {
                read_source_map(&parser, path, name, &opened);
                file = opened;
            }
            fxParserHoist(&parser);
            fxParserBind(&parser);
            script = fxParserCode(&parser);
        }
    }
    if (file)
        fclose(file);
    fxTerminateParser(&parser);
    return script;
}

void fxLoadModule(txMachine *the, txSlot *module, txID module_id)
{
    char path[PATH_MAX];
    txScript *script = NULL;
    if (file_of(fxGetKeyName(the, module_id), ".js", path, sizeof(path)))
        script = parse(the, path);
    if (!script)
        mxSyntaxError("module %s cannot be compiled", fxGetKeyName(the, module_id));
    gModules.count++;
    gModules.code += (size_t)script->codeSize;
    fxResolveModule(the, module, module_id, script, C_NULL, C_NULL);
}
