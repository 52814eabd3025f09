/* SPDX-License-Identifier: Apache-2.0 */

/* Reports on stderr: uncaught exceptions, fatal errors of the engine, heap figures. */

#include "internal.h"
#include "lock-step.h"
#include "xsmc.h"

enum { kMaximumCauses = 8, kMaximumFrames = 16 };

static struct {
    double slots, chunks;
} gStart;

static void die(void) __attribute__((noreturn));

static void die(void)
{
    fflush(NULL);
    /* Not exit(): the machine is in the middle of something, native threads may run. */
    lock_step_end();
    _exit(kRunnerExitException);
}

/* The location of the last throw: the only one known for a value that is not an Error. */
static struct {
    txID file;
    txInteger line;
} gThrown = {XS_NO_ID, 0};

void report_thrown(txMachine *the)
{
    txSlot *environment = mxFrameToEnvironment(the->frame);
    gThrown.file = environment->ID;
    gThrown.line = environment->value.environment.line;
}

/* Prints the value on top of the stack: an Error with its stack, anything else as it converts to a string. */
static void print_value(txMachine *the)
{
    bool is_error = false;
    if (the->stack->kind == XS_REFERENCE_KIND) {
        txSlot *internal = the->stack->value.reference->next;
        is_error = internal && (internal->flag & XS_INTERNAL_FLAG) && (internal->kind == XS_ERROR_KIND);
    }
    mxDub();
    if (is_error) {
        mxGetID(fxID(the, "stack"));
        fprintf(stderr, "%s\n", fxToString(the, the->stack));
    }
    else {
        fprintf(stderr, "%s (not an Error)\n", fxToString(the, the->stack));
        if (gThrown.file != XS_NO_ID)
            fprintf(stderr, " last throw (%s:%d)\n", fxGetKeyName(the, gThrown.file), (int)gThrown.line);
    }
    mxPop();
    /* The cause takes the value's place. */
    if (is_error)
        mxGetID(fxID(the, "cause"));
    else
        the->stack->kind = XS_UNDEFINED_KIND;
}

void report_exception(xsMachine *the, const char *title)
{
    static bool reporting = false;
    if (reporting)
        die(); /* printing threw in turn */
    reporting = true;
    fflush(stdout);
    fprintf(stderr, "xs-runner: %s: ", title);
    mxTry(the)
    {
        /* A frame of its own: the machine still stands at the script's throw and would go on there. */
        fxBeginHost(the);
        mxPush(mxException);
        for (int i = 0; i < kMaximumCauses; i++) {
            print_value(the);
            if (the->stack->kind == XS_UNDEFINED_KIND)
                break;
            fputs("caused by: ", stderr);
        }
    }
    mxCatch(the)
    {
        fputs("(its text cannot be read)\n", stderr);
    }
    die();
}

/* Without any allocation: also when the heap or the stack is what ran out. */
static void print_frames(txMachine *the)
{
    int count = 0;
    for (txSlot *frame = the->frame; frame && frame->next && (count < kMaximumFrames); frame = frame->next) {
        txSlot *environment = mxFrameToEnvironment(frame);
        if (environment->ID == XS_NO_ID)
            continue;
        fprintf(stderr, " at %s:%d\n", fxGetKeyName(the, environment->ID), (int)environment->value.environment.line);
        count++;
    }
}

void fxAbort(txMachine *the, int status)
{
    const char *why;
    switch (status) {
    case XS_UNHANDLED_EXCEPTION_EXIT:
        report_exception(the, "uncaught exception");
    case XS_UNHANDLED_REJECTION_EXIT:
        report_exception(the, "unhandled rejection");
    case XS_STACK_OVERFLOW_EXIT:
        why = "stack overflow";
        break;
    case XS_NOT_ENOUGH_MEMORY_EXIT:
        why = "memory full";
        break;
    case XS_NO_MORE_KEYS_EXIT:
        why = "no more keys";
        break;
    default:
        why = "the engine gave up";
        break;
    }
    fflush(stdout);
    fprintf(stderr, "xs-runner: %s\n", why);
    if (the->frame)
        print_frames(the);
    die();
}

/* Heap */

static double resident_bytes(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*s %ld", &pages) != 1)
            pages = 0;
        fclose(file);
    }
    return (double)pages * (double)sysconf(_SC_PAGESIZE);
}

void heap_start(xsMachine *the)
{
    fxCollectGarbage(the);
    gStart.slots = the->currentHeapCount;
    gStart.chunks = the->currentChunksSize;
}

void heap_read(xsMachine *the, Heap *heap)
{
    heap->slotsUsed = the->currentHeapCount;
    heap->slotsPeak = the->peakHeapCount;
    heap->slotsReserved = the->maximumHeapCount;
    heap->slotBytes = sizeof(txSlot);
    heap->chunkBytes = the->currentChunksSize;
    heap->chunkPeak = the->peakChunksSize;
    heap->chunkReserved = the->maximumChunksSize;
    heap->heapBytes = heap->slotsUsed * heap->slotBytes + heap->chunkBytes;
    heap->slotsAtStart = gStart.slots;
    heap->chunkBytesAtStart = gStart.chunks;
    heap->codeBytes = (double)modules_code();
    heap->modules = (double)modules_count();
    heap->keys = the->keyIndex;
    heap->timers = (double)timers_count();
    heap->residentBytes = resident_bytes();
}

void heap_each(const Heap *heap, void (*field)(void *refcon, const char *name, double value), void *refcon)
{
    (*field)(refcon, "slotsUsed", heap->slotsUsed);
    (*field)(refcon, "slotsPeak", heap->slotsPeak);
    (*field)(refcon, "slotsReserved", heap->slotsReserved);
    (*field)(refcon, "slotBytes", heap->slotBytes);
    (*field)(refcon, "chunkBytes", heap->chunkBytes);
    (*field)(refcon, "chunkPeak", heap->chunkPeak);
    (*field)(refcon, "chunkReserved", heap->chunkReserved);
    (*field)(refcon, "heapBytes", heap->heapBytes);
    (*field)(refcon, "slotsAtStart", heap->slotsAtStart);
    (*field)(refcon, "chunkBytesAtStart", heap->chunkBytesAtStart);
    (*field)(refcon, "codeBytes", heap->codeBytes);
    (*field)(refcon, "modules", heap->modules);
    (*field)(refcon, "keys", heap->keys);
    (*field)(refcon, "timers", heap->timers);
    (*field)(refcon, "residentBytes", heap->residentBytes);
}

static void print_field(void *refcon, const char *name, double value)
{
    const char **separator = refcon;
    fprintf(stderr, "%s\"%s\":%.0f", *separator, name, value);
    *separator = ",";
}

void heap_report(xsMachine *the)
{
    Heap heap;
    const char *separator = "";
    fxCollectGarbage(the);
    heap_read(the, &heap);
    fputs("{\"heap\":{", stderr);
    heap_each(&heap, print_field, &separator);
    fputs("}}\n", stderr);
}

/* The `instrumentation` module. */

typedef struct {
    xsMachine *the;
    xsSlot *object;
    xsSlot *value;
} FieldWriter;

static void set_field(void *refcon, const char *name, double value)
{
    FieldWriter *writer = refcon;
    xsMachine *the = writer->the;
    xsmcSetNumber(*writer->value, value);
    xsmcSet(*writer->object, xsID((char *)name), *writer->value);
}

/* Returns an object of all figures. */
void xs_instrumentation_heap(xsMachine *the)
{
    Heap heap;
    heap_read(the, &heap);
    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    FieldWriter writer = {the, &xsResult, &xsVar(0)};
    heap_each(&heap, set_field, &writer);
}

void xs_instrumentation_collect(xsMachine *the)
{
    xsCollectGarbage();
}
