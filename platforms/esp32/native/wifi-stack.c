/* SPDX-License-Identifier: Apache-2.0 */

#include "wifi-stack.h"

#include <stdio.h>

#include "esp_event.h"
#include "esp_netif.h"
#include "esp_wifi.h"

void wifi_stack_check(xsMachine *the, esp_err_t error, const char *what)
{
    if (error != ESP_OK)
        xsUnknownError("%s: %s", what, esp_err_to_name(error));
}

esp_err_t wifi_stack_mac(esp_mac_type_t type, char text[kMacText])
{
    uint8_t mac[6];
    esp_err_t error = esp_read_mac(mac, type);

    if (error == ESP_OK)
        snprintf(text, kMacText, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    return error;
}

esp_err_t wifi_stack_start(void)
{
    wifi_mode_t mode;
    wifi_init_config_t config = WIFI_INIT_CONFIG_DEFAULT();

    if (esp_wifi_get_mode(&mode) == ESP_OK)
        return ESP_OK;
    esp_err_t error = esp_netif_init();
    if (error != ESP_OK)
        return error;
    error = esp_event_loop_create_default();
    if (error != ESP_OK && error != ESP_ERR_INVALID_STATE) /* created before */
        return error;
    /* The SDK's class looks it up by this name. */
    if (!esp_netif_get_handle_from_ifkey("WIFI_STA_DEF") && !esp_netif_create_default_wifi_sta())
        return ESP_ERR_NO_MEM;
    /* The camera stores its settings itself: a copy in the driver's NVS could differ. */
    config.nvs_enable = 0;
    error = esp_wifi_init(&config);
    if (error != ESP_OK)
        return error;
    error = esp_wifi_set_storage(WIFI_STORAGE_RAM);
    if (error == ESP_OK)
        error = wifi_stack_station();
    if (error != ESP_OK)
        esp_wifi_deinit(); /* the next call starts over */
    return error;
}

esp_err_t wifi_stack_station(void)
{
    wifi_mode_t mode;
    esp_err_t error = esp_wifi_get_mode(&mode);

    /* The driver changes from access point to station only while it is stopped. */
    if (error == ESP_OK && mode == WIFI_MODE_AP)
        error = esp_wifi_stop();
    if (error == ESP_OK && mode != WIFI_MODE_STA)
        error = esp_wifi_set_mode(WIFI_MODE_STA);
    return error == ESP_OK ? esp_wifi_start() : error;
}

void xs_esp32_wifi_start(xsMachine *the)
{
    wifi_stack_check(the, wifi_stack_start(), "WiFi");
    /* Ends an access point whose stop() failed: beside it the station could not join a network. */
    wifi_stack_check(the, wifi_stack_station(), "WiFi");
}
