/* SPDX-License-Identifier: Apache-2.0 */
#include "harness.h"

#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

static Test *gTests;
static bool gFailed;

void test_register(Test *test)
{
    Test **address = &gTests;
    while (*address)
        address = &(*address)->next;
    *address = test;
}

void test_fail(const char *file, int line, const char *format, ...)
{
    va_list arguments;

    gFailed = true;
    printf("    %s:%d: ", file, line);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
}

/* run [-p PART/PARTS] [WORD]: every PARTSth test from number PART on, of these only those with WORD in the name. */
int main(int count, char **arguments)
{
    int passed = 0, failed = 0;
    unsigned part = 1, parts = 1, number = 0;
    char rest;

    if (count > 1 && strcmp(arguments[1], "-p") == 0) {
        const char *given = count > 2 ? arguments[2] : "nothing";

        if (sscanf(given, "%3u/%3u%c", &part, &parts, &rest) != 2 || part < 1 || part > parts) {
            fprintf(stderr, "-p: expected PART/PARTS, got %s\n", given);
            return 2;
        }
        count -= 2;
        arguments += 2;
    }
    for (Test *test = gTests; test; test = test->next) {
        if (number++ % parts != part - 1 || (count > 1 && !strstr(test->name, arguments[1])))
            continue;
        gFailed = false;
        test->run();
        printf("%s %s\n", gFailed ? "not ok" : "ok", test->name);
        fflush(stdout);
        if (gFailed)
            failed++;
        else
            passed++;
    }
    printf("%d passed, %d failed\n", passed, failed);
    return failed || !passed;
}
