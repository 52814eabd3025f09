/* SPDX-License-Identifier: Apache-2.0 */

#include "driver/gpio.h"

#include "xsmc.h"
#include "mc.xs.h"

void xs_pin_level(xsMachine *the)
{
    gpio_num_t pin = (gpio_num_t)xsmcToInteger(xsArg(0));

    /* The output's driver stays on. */
    if (gpio_input_enable(pin) != ESP_OK)
        xsRangeError("pin: expected a GPIO");
    xsmcSetInteger(xsResult, gpio_get_level(pin));
}
