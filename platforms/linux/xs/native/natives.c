/* SPDX-License-Identifier: Apache-2.0 */

/*
 * The globals the firmware's native classes are written with, as in the SDK:
 *   native(name)  the C function of that name as a function of JavaScript
 *   Native(name)  a constructor of host objects with the C destructor of that name
 *   trace(...)    to stdout
 * Names are found in this program (linked with -rdynamic) and in libraries given by --library, nowhere else.
 */

#include "internal.h"
#include "xsmc.h"

#include <dlfcn.h>

#include "lock-step.h"

/* native("x") stands inside methods, which the SDK's compiler resolves once: here each name makes one function. */
typedef struct Cached Cached;

struct Cached {
    Cached *next;
    xsSlot function;
    char name[];
};

enum { kBuckets = 256 };

static Cached *gCache[kBuckets];

static uint32_t hash(const char *name)
{
    uint32_t sum = 2166136261u; /* FNV-1a */
    while (*name)
        sum = (sum ^ (uint8_t)*name++) * 16777619u;
    return sum % kBuckets;
}

enum { kMaximumLibraries = 8 };

static void *gLibraries[kMaximumLibraries];
static int gLibraryCount = 0;

bool globals_library(const char *path)
{
    void *library = (gLibraryCount < kMaximumLibraries) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) {
        const char *why = dlerror();
        fprintf(stderr, "xs-runner: --library: %s\n", why ? why : "too many");
        return false;
    }
    gLibraries[gLibraryCount++] = library;
    return true;
}

static void *look_up(xsMachine *the, const char *name)
{
    for (int i = 0; i < gLibraryCount; i++) {
        void *symbol = dlsym(gLibraries[i], name);
        if (symbol)
            return symbol;
    }
    Dl_info found, here;
    void *symbol = dlsym(RTLD_DEFAULT, name);
    if (!symbol || !dladdr(symbol, &found) || !dladdr((void *)(uintptr_t)look_up, &here) || (found.dli_fbase != here.dli_fbase))
        xsReferenceError("native \"%s\" not found", name);
    return symbol;
}

static void native_function(xsMachine *the)
{
    if ((xsmcArgc < 1) || ((xsmcTypeOf(xsArg(0)) != xsStringType) && (xsmcTypeOf(xsArg(0)) != xsStringXType)))
        xsTypeError("native: name is no string");
    char name[128];
    xsmcToStringBuffer(xsArg(0), name, sizeof(name));
    Cached **bucket = &gCache[hash(name)];
    for (Cached *cached = *bucket; cached; cached = cached->next) {
        if (!strcmp(cached->name, name)) {
            xsResult = xsAccess(cached->function);
            return;
        }
    }
    xsCallback callback = (xsCallback)(uintptr_t)look_up(the, name);
    Cached *cached = malloc(sizeof(*cached) + strlen(name) + 1);
    if (!cached)
        xsUnknownError("no memory");
    strcpy(cached->name, name);
    xsResult = xsNewHostFunctionObject(callback, 0, xsID(cached->name));
    cached->function = xsResult;
    xsRemember(cached->function);
    cached->next = *bucket;
    *bucket = cached;
}

/* `new` on a class that extends Native(name): a host object with the class's prototype. */
static void construct(xsMachine *the)
{
    if (xsmcTypeOf(xsTarget) == xsUndefinedType)
        xsTypeError("call of a class");
    xsmcVars(1);
    xsmcGet(xsVar(0), xsFunction, xsID("prototype"));
    xsDestructor destructor = xsGetHostDestructor(xsVar(0));
    xsmcGet(xsVar(0), xsTarget, xsID("prototype"));
    if (xsmcTypeOf(xsVar(0)) != xsReferenceType)
        xsTypeError("prototype is no object");
    xsResult = xsNewHostObject(destructor);
    xsResult.value.reference->value.instance.prototype = xsVar(0).value.reference;
}

static void native_class(xsMachine *the)
{
    if ((xsmcArgc < 1) || ((xsmcTypeOf(xsArg(0)) != xsStringType) && (xsmcTypeOf(xsArg(0)) != xsStringXType)))
        xsTypeError("Native: name is no string");
    char name[128];
    xsmcToStringBuffer(xsArg(0), name, sizeof(name));
    xsDestructor destructor = (xsDestructor)(uintptr_t)look_up(the, name);
    xsmcVars(1);
    /* The prototype is where the constructor finds the destructor again; its own data stays NULL. */
    xsVar(0) = xsNewHostObject(destructor);
    xsResult = xsNewHostConstructorObject(construct, 0, xsVar(0), xsID(name));
}

static void print(const char *text)
{
    if (lock_step_active())
        lock_step_log(text, strlen(text));
    else {
        fputs(text, stdout);
        fflush(stdout);
    }
}

static void trace_function(xsMachine *the)
{
    int count = xsmcArgc;
    for (int i = 0; i < count; i++)
        print(xsmcToString(xsArg(i)));
}

void globals_install(xsMachine *the)
{
    xsmcVars(1);
    xsVar(0) = xsNewHostFunctionObject(native_function, 1, xsID("native"));
    xsmcDefine(xsGlobal, xsID("native"), xsVar(0), xsDontEnum);
    xsVar(0) = xsNewHostFunctionObject(native_class, 1, xsID("Native"));
    xsmcDefine(xsGlobal, xsID("Native"), xsVar(0), xsDontEnum);
    xsVar(0) = xsNewHostFunctionObject(trace_function, 1, xsID("trace"));
    xsmcDefine(xsGlobal, xsID("trace"), xsVar(0), xsDontEnum);
}

void globals_close(void)
{
    for (int i = 0; i < kBuckets; i++) {
        Cached *cached;
        while ((cached = gCache[i])) {
            gCache[i] = cached->next;
            free(cached);
        }
    }
}
