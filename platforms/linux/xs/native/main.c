/* SPDX-License-Identifier: Apache-2.0 */

/* xs-runner: runs the firmware's compiled modules on XS under Linux. See README.md for options and exit codes. */

#include "internal.h"
#include "xsmc.h"
#include "creation.h"

#include <getopt.h>

#include "lock-step.h"

enum { kExitUsage = 64 };

typedef struct {
    const char *root;
    const char *main;
    bool lock_step;
    bool heap_report;
    xsCreation creation;
} Options;

static bool gMainDone = false;

static const char *const kUsage =
    "usage: xs-runner [options] main\n"
    "  --root FOLDER             folder of compiled modules (.)\n"
    "  --map FILE                specifier=path lines; may be given more than once\n"
    "  --lock-step               the board's clock (TCAM_BOARD) is the program's\n"
    "  --config NAME=VALUE       a member of the object that module mc/config exports\n"
    "  --library FILE            shared library with more native functions\n"
    "  --heap-slots N[,N]        slots at first, and by how many the heap grows; 0: not at all (32768,4096)\n"
    "  --chunk N[,N]             bytes of the chunk heap at first, and growth; 0: not at all (1048576,65536)\n"
    "  --stack N                 slots of the stack (4096)\n"
    "  --keys N[,N]              property keys at first, and growth; 0: not at all (4096,1024)\n"
    "  --heap-report             print heap figures as JSON on stderr at the end\n"
    "  --help, --version\n";

/* N or N,N; leaves *second alone when it is not given. Without `second` only N. */
static bool parse_pair(const char *text, xsIntegerValue *first, xsIntegerValue *second)
{
    char *end;
    errno = 0;
    long value = strtol(text, &end, 10);
    if (errno || (end == text) || (value < 1) || (value > INT32_MAX))
        return false;
    *first = (xsIntegerValue)value;
    if (*end == ',' && second) {
        text = end + 1;
        value = strtol(text, &end, 10);
        if (errno || (end == text) || (value < 0) || (value > INT32_MAX))
            return false;
        *second = (xsIntegerValue)value;
    }
    return !*end;
}

enum { kRoot = 256, kMap, kLockStep, kConfig, kLibrary, kSlots, kChunk, kStack, kKeys, kHeapReport, kHelp, kVersion };

static const struct option kOptions[] = {
    {"root", required_argument, NULL, kRoot},
    {"map", required_argument, NULL, kMap},
    {"lock-step", no_argument, NULL, kLockStep},
    {"config", required_argument, NULL, kConfig},
    {"library", required_argument, NULL, kLibrary},
    {"heap-slots", required_argument, NULL, kSlots},
    {"chunk", required_argument, NULL, kChunk},
    {"stack", required_argument, NULL, kStack},
    {"keys", required_argument, NULL, kKeys},
    {"heap-report", no_argument, NULL, kHeapReport},
    {"help", no_argument, NULL, kHelp},
    {"version", no_argument, NULL, kVersion},
    {NULL, 0, NULL, 0},
};

/* False after a line on stderr. */
static bool apply_option(Options *options, int option)
{
    xsCreation *creation = &options->creation;
    bool good = true;
    switch (option) {
    case kRoot:
        options->root = optarg;
        break;
    case kMap:
        return modules_map(optarg);
    case kConfig:
        return config_add(optarg);
    case kLibrary:
        return globals_library(optarg);
    case kLockStep:
        options->lock_step = true;
        break;
    case kSlots:
        good = parse_pair(optarg, &creation->initialHeapCount, &creation->incrementalHeapCount);
        break;
    case kChunk:
        good = parse_pair(optarg, &creation->initialChunkSize, &creation->incrementalChunkSize);
        break;
    case kStack:
        good = parse_pair(optarg, &creation->stackCount, NULL);
        break;
    case kKeys:
        good = parse_pair(optarg, &creation->initialKeyCount, &creation->incrementalKeyCount);
        break;
    case kHeapReport:
        options->heap_report = true;
        break;
    default:
        return false; /* getopt has printed why */
    }
    if (!good)
        fprintf(stderr, "xs-runner: bad value of an option: %s\n", optarg);
    return good;
}

/* Returns -1 to go on, else the exit status. */
static int parse_options(int argc, char **argv, Options *options)
{
    int option;
    while ((option = getopt_long(argc, argv, "", kOptions, NULL)) != -1) {
        if (option == kHelp) {
            fputs(kUsage, stdout);
            return 0;
        }
        if (option == kVersion) {
            printf("xs-runner: XS %d.%d.%d, %zu-byte slots\n", XS_MAJOR_VERSION, XS_MINOR_VERSION, XS_PATCH_VERSION, sizeof(txSlot));
            return 0;
        }
        if (!apply_option(options, option))
            return kExitUsage;
    }
    if (optind != argc - 1) {
        fputs("xs-runner: one module to run is expected; see --help\n", stderr);
        return kExitUsage;
    }
    options->main = argv[optind];
    return modules_open(options->root) ? -1 : kExitUsage;
}

static void install_signals(void)
{
    struct sigaction action = {.sa_handler = loop_signal};
    sigemptyset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    sigaction(SIGUSR1, &action, NULL);
    /* A second Ctrl-C ends a script that never comes back to the loop. */
    action.sa_flags = (int)(SA_RESTART | SA_RESETHAND);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
}

static void main_fulfilled(xsMachine *the)
{
    (void)the;
    gMainDone = true;
}

static void main_rejected(xsMachine *the)
{
    mxException = xsArg(0);
    report_exception(the, "uncaught exception");
}

static void import_main(txMachine *the, const char *name)
{
    txSlot *realm = mxModuleInstanceInternal(mxProgram.value.reference)->value.module.realm;
    mxPushStringC((txString)name);
    fxRunImport(the, realm, XS_NO_ID);
    mxDub();
    mxGetID(mxID(_then));
    mxCall();
    fxNewHostFunction(the, main_fulfilled, 1, XS_NO_ID, XS_NO_ID);
    fxNewHostFunction(the, main_rejected, 1, XS_NO_ID, XS_NO_ID);
    mxRunCount(2);
    mxPop();
}

static int run(xsMachine *the, const Options *options)
{
    xsBeginHost(the);
    globals_install(the);
    xsEndHost(the);
    heap_start(the);
    xsBeginHost(the);
    import_main(the, options->main);
    xsEndHost(the);
    int status = loop_run(the);
    if (status < 0) {
        status = 0;
        if (!gMainDone) {
            fprintf(stderr, "xs-runner: module \"%s\" awaits what can never come\n", options->main);
            status = kRunnerExitException;
        }
    }
    if (options->heap_report)
        heap_report(the);
    return status;
}

int main(int argc, char **argv)
{
    Options options = {.root = ".", .creation = kDefaultCreation};
    int status = parse_options(argc, argv, &options);
    if (status < 0) {
        char error[160];
        clock_start();
        loop_on_report(heap_report);
        if (!loop_open()) {
            perror("xs-runner");
            return kRunnerExitException;
        }
        if (options.lock_step && !lock_step_open(error, sizeof(error))) {
            fprintf(stderr, "xs-runner: %s\n", error);
            return kRunnerExitException;
        }
        install_signals();
        fxInitializeSharedCluster();
        xsMachine *the = xsCreateMachine(&options.creation, "xs-runner", NULL);
        if (!the) {
            fputs("xs-runner: no memory for the machine\n", stderr);
            return kRunnerExitException;
        }
        status = run(the, &options);
        xsDeleteMachine(the);
        fxTerminateSharedCluster();
        loop_close();
    }
    globals_close();
    modules_close();
    config_close();
    return status;
}
