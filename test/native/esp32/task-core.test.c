/* SPDX-License-Identifier: Apache-2.0 */

/* platforms/esp32/native/task-core.c: the test is the XS task, which the scheduler moves when it yields. */

#include "../harness.h"

#include <stdbool.h>

#include "fake-tasks.h"
#include "freertos/FreeRTOS.h"
#include "freertos/idf_additions.h"
#include "task-core.h"

static int core, yields;

BaseType_t xPortGetCoreID(void)
{
    return core;
}

BaseType_t xTaskGetCoreID(TaskHandle_t task)
{
    (void)task;
    return core;
}

UBaseType_t uxTaskPriorityGet(const TaskHandle_t task)
{
    (void)task;
    return 4;
}

void vPortYield(void)
{
    core = ++yields == 3;
}

TEST("task core: a task that runs on core 0 goes on on core 1, and the task that took its place ends")
{
    task_pin_to_core_1();
    EXPECT_EQUAL(core, 1);
    EXPECT_EQUAL(yields, 3);
    EXPECT_EQUAL(fake_task_count(), 1);
    fake_run_tasks();
    EXPECT_EQUAL(fake_task_count(), 0);
}
