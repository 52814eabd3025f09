/* SPDX-License-Identifier: Apache-2.0 */

/*
 * Runs a program built by `mcconfig -p lin` (mc.so) without a display: headless FILE.
 * It replaces mcsim, with a screen of no size and a main loop.
 * Exit status as in platforms/linux/native/runner.h: 0 at a signal or the program's own end, 70 when XS aborts (uncaught exception,
 * no memory), 75 for a restart.
 * Built by tools/sdk/check.ts against build/simulators/modules/screen.h of the SDK.
 */

#include <dlfcn.h>
#include <glib-unix.h>
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define mxLinux 1
#include "screen.h"

enum { kEnd = 0, kUsage = 64, kException = 70, kRestart = 75 };

static GMainLoop *gLoop = NULL;
static int gStatus = kEnd;

static void abort_screen(txScreen *screen, int status)
{
    (void)screen;
    gStatus = (status == kEnd || status == kRestart) ? status : kException;
    g_main_loop_quit(gLoop);
}

static void ignore(txScreen *screen)
{
    (void)screen;
}

static void ignore_start(txScreen *screen, double interval)
{
    (void)screen;
    (void)interval;
}

static void ignore_message(txScreen *screen, char *buffer, int size)
{
    (void)screen;
    (void)buffer;
    (void)size;
}

static gboolean on_signal(gpointer unused)
{
    (void)unused;
    g_main_loop_quit(gLoop);
    return G_SOURCE_REMOVE;
}

static gboolean launch(gpointer data)
{
    txScreen *screen = data;
    (*(txScreenLaunchProc)screen->view)(screen);
    if (!screen->machine)
        abort_screen(screen, kException);
    return G_SOURCE_REMOVE;
}

static txScreenLaunchProc open_library(const char *path)
{
    void *library = dlopen(path, RTLD_NOW);
    void *symbol = library ? dlsym(library, "fxScreenLaunch") : NULL;
    if (!symbol)
        fprintf(stderr, "headless: %s\n", dlerror());
    return (txScreenLaunchProc)symbol;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fputs("usage: headless mc.so\n", stderr);
        return kUsage;
    }
    /* Log lines appear as they are written. */
    setvbuf(stdout, NULL, _IOLBF, 0);
    txScreenLaunchProc launcher = open_library(argv[1]);
    txScreen *screen = calloc(1, sizeof(*screen));
    if (!launcher || !screen)
        return kException;
    screen->abort = abort_screen;
    screen->bufferChanged = ignore;
    screen->formatChanged = ignore;
    screen->post = ignore_message;
    screen->start = ignore_start;
    screen->stop = ignore;
    screen->view = launcher; /* a field that the library does not use */
    g_mutex_init(&screen->workersMutex);
    gLoop = g_main_loop_new(NULL, FALSE);
    g_unix_signal_add(SIGINT, on_signal, NULL);
    g_unix_signal_add(SIGTERM, on_signal, NULL);
    g_idle_add_full(G_PRIORITY_DEFAULT, launch, screen, NULL);
    g_main_loop_run(gLoop);
    if (screen->machine)
        (*screen->quit)(screen);
    return gStatus;
}
