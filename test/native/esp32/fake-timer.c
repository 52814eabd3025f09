/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-timer.h"

#include <stdbool.h>

#include "esp_timer.h"

enum { kTimers = 8 };

struct esp_timer {
    esp_timer_cb_t callback;
    void *argument;
    bool armed;
};

int64_t fake_microseconds;
void (*fake_on_time)(void);
static struct esp_timer timers[kTimers];
static size_t made;

int64_t esp_timer_get_time(void)
{
    int64_t now = fake_microseconds;
    if (fake_on_time)
        fake_on_time();
    return now;
}

esp_err_t esp_timer_create(const esp_timer_create_args_t *arguments, esp_timer_handle_t *handle)
{
    if (made == kTimers)
        return ESP_ERR_NO_MEM;
    timers[made] = (struct esp_timer){.callback = arguments->callback, .argument = arguments->arg};
    *handle = &timers[made++];
    return ESP_OK;
}

esp_err_t esp_timer_delete(esp_timer_handle_t timer)
{
    timer->callback = NULL;
    timer->armed = false;
    return ESP_OK;
}

esp_err_t esp_timer_start_once(esp_timer_handle_t timer, uint64_t microseconds)
{
    (void)microseconds;
    if (timer->armed)
        return ESP_ERR_INVALID_STATE;
    timer->armed = true;
    return ESP_OK;
}

size_t fake_run_timers(void)
{
    bool due[kTimers];
    size_t count = 0;

    for (size_t i = 0; i < made; i++) {
        due[i] = timers[i].armed;
        timers[i].armed = false;
    }
    for (size_t i = 0; i < made; i++)
        if (due[i]) {
            timers[i].callback(timers[i].argument);
            count++;
        }
    return count;
}
