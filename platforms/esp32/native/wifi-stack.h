/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TCAM_WIFI_STACK_H
#define TCAM_WIFI_STACK_H

#include "xsmc.h"

#include "esp_err.h"
#include "esp_mac.h"

enum { kMacText = 18 };

/*
 * Initialises WiFi as the SDK's WiFi class expects it: started, settings in RAM only, the station's interface created.
 * Later calls do nothing, or retry after a failure.
 */
esp_err_t wifi_stack_start(void);

/* Starts the station, and ends the access point. */
esp_err_t wifi_stack_station(void);

/* An address as text: "24:0a:c4:00:01:10". */
esp_err_t wifi_stack_mac(esp_mac_type_t type, char text[kMacText]);

/* Throws unless `error` is ESP_OK. */
void wifi_stack_check(xsMachine *the, esp_err_t error, const char *what);

#endif
