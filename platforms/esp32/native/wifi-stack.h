/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_WIFI_STACK_H
#define TCAM_WIFI_STACK_H

#include "xsmc.h"

#include "esp_err.h"

/*
 * Sets WiFi up as the SDK's WiFi class expects to find it: initialised, its settings in RAM only, the station's interface made.
 * Once; safe to call again, also after it failed.
 */
esp_err_t wifi_stack_start(void);

/* The station alone, started: the access point, if there is one, ends. */
esp_err_t wifi_stack_station(void);

/* Throws unless `error` is ESP_OK. */
void wifi_stack_check(xsMachine *the, esp_err_t error, const char *what);

#endif
