/* SPDX-License-Identifier: Apache-2.0 */
/* Uses the heap and a thread, to see whether a sanitizer works here (`probe-asan` in the Makefile). */
#include <pthread.h>
#include <stdlib.h>

static void *run(void *number)
{
    *(int *)number = 1;
    return NULL;
}

int main(void)
{
    int *number = calloc(1, sizeof *number);
    pthread_t thread;
    if (!number || pthread_create(&thread, NULL, run, number) || pthread_join(thread, NULL))
        return 1;
    int failed = *number != 1;
    free(number);
    return failed;
}
