/* SPDX-License-Identifier: Apache-2.0 */

/* Class AccessPoint of platform/access-point: the WiFi driver's soft access point, with its own address and DHCP range. */

#include <string.h>

#include "native-class.h"
#include "notifier.h"
#include "wifi-stack.h"

#include "mc.xs.h"

#include "dhcpserver/dhcpserver.h"
#include "esp_event.h"
#include "esp_mac.h"
#include "esp_netif.h"
#include "esp_wifi.h"
#include "freertos/FreeRTOS.h"

enum {
    kAddressText = 16,
    kPasswordLowest = 8,
    kStationsHighest = 10,
    kBeaconInterval = 100, /* of 1,024 us */
    kActive = 1u << 31,    /* bit of `state` beside the stations' */
    kChanged = 1,          /* event of the notifier */
};

enum { kOnChanged };

typedef struct AccessPoint {
    NativeObject base;
    Notifier notifier;
    /* kActive; bit n: the station with association id n is connected. Written by the driver's events, under gLock. */
    uint32_t state;
    uint32_t reported; /* state at the last onChanged; XS task */
} AccessPoint;

typedef struct Settings {
    char ssid[33];
    char password[64];
    char address[kAddressText];
    char mask[kAddressText];
    char first[kAddressText];
    char last[kAddressText];
    int channel;
    int max;
} Settings;

/* There is one access point. Its events go to the object that started it last. */
static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;
static AccessPoint *gCurrent;

void xs_access_point_destructor(void *data);

static const xsHostHooks kHooks = {xs_access_point_destructor, native_mark, NULL};

static uint32_t state_of(AccessPoint *point)
{
    taskENTER_CRITICAL(&gLock);
    uint32_t state = point->state;
    taskEXIT_CRITICAL(&gLock);
    return state;
}

static int stations_in(uint32_t state)
{
    return state & kActive ? __builtin_popcount(state & ~(uint32_t)kActive) : 0;
}

static void make_current(AccessPoint *point)
{
    taskENTER_CRITICAL(&gLock);
    if (gCurrent != point)
        point->state = 0;
    gCurrent = point;
    taskEXIT_CRITICAL(&gLock);
}

void xs_access_point_destructor(void *data)
{
    AccessPoint *point = data;

    if (!point)
        return;
    point->notifier.silent = true;
    taskENTER_CRITICAL(&gLock);
    if (gCurrent == point)
        gCurrent = NULL;
    taskEXIT_CRITICAL(&gLock);
    notifier_release(&point->notifier);
}

static uint32_t after_event(uint32_t state, int32_t event, const void *data)
{
    switch (event) {
    case WIFI_EVENT_AP_START:
        return kActive;
    case WIFI_EVENT_AP_STOP:
        return 0;
    case WIFI_EVENT_AP_STACONNECTED:
        return state | 1u << (((const wifi_event_ap_staconnected_t *)data)->aid & 15);
    case WIFI_EVENT_AP_STADISCONNECTED:
        return state & ~(1u << (((const wifi_event_ap_stadisconnected_t *)data)->aid & 15));
    default:
        return state;
    }
}

/* In the event loop's task. */
static void on_event(void *argument, esp_event_base_t base, int32_t event, void *data)
{
    (void)argument;
    (void)base;
    taskENTER_CRITICAL(&gLock);
    AccessPoint *point = gCurrent;
    uint32_t before = point ? point->state : 0, after = after_event(before, event, data);
    bool changed = point && after != before;
    if (changed) {
        point->state = after;
        notifier_hold(&point->notifier);
    }
    taskEXIT_CRITICAL(&gLock);
    if (changed) {
        notifier_post(&point->notifier, kChanged);
        notifier_release(&point->notifier);
    }
}

/*
 * Registered after the IDF's own handlers, which the creation of the interface registers, and for each event like them: handlers for all
 * events run first. So at onChanged the interface is up, and a listener or a multicast group finds it.
 */
static esp_err_t register_events(void)
{
    static const int32_t kEvents[] = {WIFI_EVENT_AP_START, WIFI_EVENT_AP_STOP, WIFI_EVENT_AP_STACONNECTED, WIFI_EVENT_AP_STADISCONNECTED};
    static size_t registered;

    while (registered < sizeof kEvents / sizeof *kEvents) {
        esp_err_t error = esp_event_handler_register(WIFI_EVENT, kEvents[registered], on_event, NULL);
        if (error != ESP_OK)
            return error;
        registered++;
    }
    return ESP_OK;
}

static void report(xsMachine *the, AccessPoint *point, const char *property)
{
    xsSlot *function = point->base.callbacks[kOnChanged];

    xsBeginHost(the);
    xsmcSetString(xsResult, (char *)property);
    xsCallFunction1(xsReference(function), point->base.slot, xsResult);
    xsEndHost(the);
}

/* In the XS task. Each call may close the object. */
static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    AccessPoint *point = owner;
    uint32_t before = point->reported, after = state_of(point);

    (void)events;
    point->reported = after;
    if (!point->base.callbacks[kOnChanged])
        return;
    if ((before ^ after) & kActive)
        report(the, point, "active");
    if (stations_in(before) != stations_in(after) && !point->notifier.silent)
        report(the, point, "stations");
}

static size_t read_text(xsMachine *the, xsIdentifier id, const char *name, char *text, size_t low, size_t size)
{
    xsmcGet(xsVar(1), xsArg(0), id);
    if (low == 0 && xsmcTypeOf(xsVar(1)) == xsUndefinedType)
        return text[0] = 0;
    return native_text(the, &xsVar(1), name, text, low, size);
}

static void read_settings(xsMachine *the, Settings *settings)
{
    size_t length = read_text(the, xsID_password, "password", settings->password, 0, sizeof settings->password);
    if (length > 0 && length < kPasswordLowest)
        xsRangeError("password: expected 8 to 63 bytes, or none");
    read_text(the, xsID_ssid, "ssid", settings->ssid, 1, sizeof settings->ssid);
    read_text(the, xsID_address, "address", settings->address, 1, sizeof settings->address);
    read_text(the, xsID_mask, "mask", settings->mask, 1, sizeof settings->mask);
    settings->channel = native_integer(the, &xsArg(0), xsID_channel, "channel", 1, 13, 1);
    settings->max = native_integer(the, &xsArg(0), xsID_max, "max", 1, kStationsHighest, 4);
    settings->first[0] = settings->last[0] = 0;
    xsmcGet(xsVar(0), xsArg(0), xsID_range);
    if (xsmcTypeOf(xsVar(0)) == xsUndefinedType)
        return;
    xsmcGet(xsVar(1), xsVar(0), xsID_first);
    xsmcToStringBuffer(xsVar(1), settings->first, sizeof settings->first);
    xsmcGet(xsVar(1), xsVar(0), xsID_last);
    xsmcToStringBuffer(xsVar(1), settings->last, sizeof settings->last);
}

static uint32_t dotted(xsMachine *the, const char *text, const char *name)
{
    esp_ip4_addr_t address;
    if (esp_netif_str_to_ip4(text, &address) != ESP_OK)
        xsRangeError("%s: expected an IPv4 address", name);
    return address.addr;
}

/* Works in any state of the interface. If it is down, the DHCP server starts with it. */
static void set_addresses(xsMachine *the, esp_netif_t *interface, const Settings *settings)
{
    esp_netif_ip_info_t info = {0};
    dhcps_lease_t leases = {.enable = settings->first[0] != 0};

    info.ip.addr = info.gw.addr = dotted(the, settings->address, "address");
    info.netmask.addr = dotted(the, settings->mask, "mask");
    if (leases.enable) {
        leases.start_ip.addr = dotted(the, settings->first, "range.first");
        leases.end_ip.addr = dotted(the, settings->last, "range.last");
    }
    esp_err_t error = esp_netif_dhcps_stop(interface);
    if (error != ESP_ERR_ESP_NETIF_DHCP_ALREADY_STOPPED)
        wifi_stack_check(the, error, "DHCP server");
    wifi_stack_check(the, esp_netif_set_ip_info(interface, &info), "address");
    wifi_stack_check(the, esp_netif_dhcps_option(interface, ESP_NETIF_OP_SET, ESP_NETIF_REQUESTED_IP_ADDRESS, &leases, sizeof leases), "DHCP range");
    wifi_stack_check(the, esp_netif_dhcps_start(interface), "DHCP server");
}

static void start_radio(xsMachine *the, const Settings *settings)
{
    wifi_config_t config = {0};

    config.ap.ssid_len = (uint8_t)strlen(settings->ssid);
    memcpy(config.ap.ssid, settings->ssid, config.ap.ssid_len);
    memcpy(config.ap.password, settings->password, strlen(settings->password));
    config.ap.authmode = settings->password[0] ? WIFI_AUTH_WPA2_PSK : WIFI_AUTH_OPEN;
    config.ap.channel = (uint8_t)settings->channel;
    config.ap.max_connection = (uint8_t)settings->max;
    config.ap.beacon_interval = kBeaconInterval;
    /*
     * Configured while the radio is off, so that no other network name is ever on the air. This also ends the station: the camera has
     * one role, and a station that is leaving its network would keep the access point on that network's channel.
     */
    wifi_stack_check(the, esp_wifi_stop(), "access point");
    wifi_stack_check(the, esp_wifi_set_mode(WIFI_MODE_AP), "mode");
    wifi_stack_check(the, esp_wifi_set_config(WIFI_IF_AP, &config), "access point");
    wifi_stack_check(the, esp_wifi_start(), "access point");
}

void xs_access_point(xsMachine *the)
{
    wifi_stack_check(the, wifi_stack_start(), "WiFi");
    AccessPoint *point = notifier_allocate(sizeof(AccessPoint));
    if (!point)
        xsUnknownError("no memory");
    notifier_init(&point->notifier, the, point, on_posted);
    native_attach(the, point, &kHooks);
    native_callback(the, &point->base, kOnChanged, xsID_onChanged, "onChanged");
    native_remember(the, &point->base);
}

void xs_access_point_start(xsMachine *the)
{
    AccessPoint *point = native_this(the, &kHooks);
    Settings settings;

    xsmcVars(2);
    read_settings(the, &settings);
    esp_netif_t *interface = esp_netif_get_handle_from_ifkey("WIFI_AP_DEF");
    if (!interface)
        interface = esp_netif_create_default_wifi_ap();
    if (!interface)
        xsUnknownError("no memory");
    wifi_stack_check(the, register_events(), "events");
    set_addresses(the, interface, &settings);
    make_current(point);
    start_radio(the, &settings);
}

void xs_access_point_stop(xsMachine *the)
{
    AccessPoint *point = native_this(the, &kHooks);
    if (gCurrent == point)
        wifi_stack_check(the, wifi_stack_station(), "access point");
}

void xs_access_point_close(xsMachine *the)
{
    AccessPoint *point = native_detach(the, &xsThis, &kHooks);

    /* An error is ignored: the object is closed in any case. */
    if (point && gCurrent == point && (state_of(point) & kActive))
        wifi_stack_station();
    xs_access_point_destructor(point);
}

/* 0 when closed. */
static uint32_t this_state(xsMachine *the)
{
    return xsmcGetHostData(xsThis) ? state_of(native_this(the, &kHooks)) : 0;
}

void xs_access_point_active(xsMachine *the)
{
    xsmcSetBoolean(xsResult, (this_state(the) & kActive) != 0);
}

void xs_access_point_stations(xsMachine *the)
{
    xsmcSetInteger(xsResult, stations_in(this_state(the)));
}

void xs_access_point_mac(xsMachine *the)
{
    char text[kMacText];

    native_this(the, &kHooks);
    wifi_stack_check(the, wifi_stack_mac(ESP_MAC_WIFI_SOFTAP, text), "MAC address");
    xsmcSetString(xsResult, text);
}
