/* SPDX-License-Identifier: Apache-2.0 */

/* platform/system on the ESP32, and the application description in the firmware image. */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xsmc.h"
#include "mc.xs.h"
#include "xsHost.h"

#include "app_update/include/esp_ota_ops.h"
#include "esp_app_desc.h"
#include "esp_attr.h"
#include "esp_err.h"
#include "esp_idf_version.h"
#include "esp_image_format.h"
#include "esp_partition.h"
#include "esp_rtc_time.h"
#include "esp_system.h"
#include "esp_task_wdt.h"
#include "esp_wifi.h"
#include "sdkconfig.h"

#include "boot-choice.h"
#include "reset-memory.h"
#include "start-guard.h"
#include "task-core.h"
#include "wifi-stack.h"
#include "worker-task.h"

enum {
    kCrashMagic = 0x74436d43,
};

#define TEXT(value) #value
#define TEXT_OF(value) TEXT(value)

/*
 * Replaces the IDF's weak description, which has the SDK's project name: this firmware and the original accept an update by its project
 * name. esptool fills in `app_elf_sha256`.
 */
extern const esp_app_desc_t esp_app_desc;
const esp_app_desc_t esp_app_desc __attribute__((section(".rodata_desc"))) = {
    .magic_word = ESP_APP_DESC_MAGIC_WORD,
    .version = CONFIG_APP_PROJECT_VER,
    .project_name = "tCamMini",
    .time = __TIME__,
    .date = __DATE__,
    .idf_ver = "v" TEXT_OF(ESP_IDF_VERSION_MAJOR) "." TEXT_OF(ESP_IDF_VERSION_MINOR) "." TEXT_OF(ESP_IDF_VERSION_PATCH),
    .min_efuse_blk_rev_full = CONFIG_ESP_EFUSE_BLOCK_REV_MIN_FULL,
    .max_efuse_blk_rev_full = CONFIG_ESP_EFUSE_BLOCK_REV_MAX_FULL,
    .mmu_page_size = 31 - __builtin_clz(CONFIG_MMU_PAGE_SIZE),
};

/* Consecutive crashes, and whether the next restart is intended. */
enum { kCount, kIntended };
static RTC_NOINIT_ATTR ResetMemory gCrashes;

static void crashes_store(uint32_t count, bool intended)
{
    reset_memory_store(&gCrashes, kCrashMagic, count, intended);
}

static const char *cause_name(esp_reset_reason_t reason, bool intended)
{
    switch (reason) {
    case ESP_RST_POWERON:
        return "power-on";
    case ESP_RST_EXT:
        return "reset-pin";
    case ESP_RST_SW:
        /* XS calls esp_restart() after an uncaught exception or when it is out of memory. */
        return intended ? "software" : "panic";
    case ESP_RST_PANIC:
        return "panic";
    case ESP_RST_INT_WDT:
    case ESP_RST_TASK_WDT:
    case ESP_RST_WDT:
        return "watchdog";
    case ESP_RST_BROWNOUT:
        return "brown-out";
    default:
        return "unknown";
    }
}

/* Counts this start, once, before anything else is opened: a crash increments, brown-out and unknown causes keep the count, any other start resets it. */
static const char *count_start(void)
{
    static const char *cause;

    if (cause)
        return cause;
    start_guard_passed();
    task_pin_to_core_1();
    bool valid = reset_memory_is_valid(&gCrashes, kCrashMagic);
    uint32_t count = valid ? gCrashes.values[kCount] : 0;
    cause = cause_name(esp_reset_reason(), valid && gCrashes.values[kIntended]);
    if (!strcmp(cause, "panic") || !strcmp(cause, "watchdog"))
        count++;
    else if (strcmp(cause, "brown-out") && strcmp(cause, "unknown"))
        count = 0;
    crashes_store(count, false);
    return cause;
}

static void set_text(xsMachine *the, xsIdentifier id, const char *text)
{
    xsmcSetString(xsVar(0), (char *)text);
    xsmcSet(xsResult, id, xsVar(0));
}

static void set_boolean(xsMachine *the, xsIdentifier id, bool value)
{
    xsmcSetBoolean(xsVar(0), value);
    xsmcSet(xsResult, id, xsVar(0));
}

void xs_esp32_info(xsMachine *the)
{
    const esp_partition_t *running = esp_ota_get_running_partition();
    const esp_app_desc_t *description = esp_app_get_description();
    esp_ota_img_states_t state;
    char text[kMacText];

    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    wifi_stack_check(the, wifi_stack_mac(ESP_MAC_WIFI_STA, text), "MAC address");
    set_text(the, xsID_mac, text);
    set_text(the, xsID_resetCause, count_start());
    /* The RTC's counter starts at power-on and is calibrated against the crystal at each start. */
    xsmcSetNumber(xsVar(0), (double)(esp_rtc_get_time_us() / 1000));
    xsmcSet(xsResult, xsID_poweredFor, xsVar(0));
    set_text(the, xsID_partition, running ? running->label : "");
    set_text(the, xsID_version, description->version);
    set_text(the, xsID_project, description->project_name);
    set_boolean(the, xsID_trial, running && esp_ota_get_state_partition(running, &state) == ESP_OK && state == ESP_OTA_IMG_PENDING_VERIFY);
    xsmcSetInteger(xsVar(0), (xsIntegerValue)gCrashes.values[kCount]);
    xsmcSet(xsResult, xsID_crashes, xsVar(0));
}

void xs_esp32_restart(xsMachine *the)
{
    (void)the;
    crashes_store(gCrashes.values[kCount], true);
    esp_restart();
}

void xs_esp32_clear_crashes(xsMachine *the)
{
    (void)the;
    crashes_store(0, false);
}

/* The application partition whose label is xsArg(0). */
static const esp_partition_t *find_partition(xsMachine *the)
{
    char label[17];

    xsmcToStringBuffer(xsArg(0), label, sizeof label);
    return esp_partition_find_first(ESP_PARTITION_TYPE_APP, ESP_PARTITION_SUBTYPE_ANY, label);
}

void xs_esp32_boot(xsMachine *the)
{
    const esp_partition_t *partition = find_partition(the);

    if (!partition)
        xsUnknownError("partition not found");
    esp_err_t error = boot_choice_set(partition);
    if (error != ESP_OK)
        xsUnknownError("cannot start %s: %s", partition->label, esp_err_to_name(error));
}

/* Selects the partition of the next start in a task below XS: pictures go on meanwhile. */
typedef struct Selection {
    Worker *worker;
    const esp_partition_t *partition;
    esp_err_t error;
    xsSlot done;
} Selection;

static const WorkerTask kSelectionTask = {.name = "select", .priority = 3, .stack = 6144};

static void select_partition(void *refcon)
{
    Selection *selection = refcon;
    selection->error = boot_choice_set(selection->partition);
}

static void free_selection(xsMachine *the, Selection *selection)
{
    xsForget(selection->done);
    free(selection);
}

static void on_selected(xsMachine *the, void *refcon)
{
    Selection *selection = refcon;
    esp_err_t error = selection->error;

    xsBeginHost(the);
    xsmcVars(2);
    xsVar(0) = selection->done;
    if (error != ESP_OK)
        xsmcSetString(xsVar(1), (char *)esp_err_to_name(error));
    worker_free(selection->worker);
    free_selection(the, selection);
    xsCallFunction1(xsVar(0), xsGlobal, xsVar(1));
    xsEndHost(the);
}

/* (label, done): calls done() or done(problem). */
void xs_esp32_select(xsMachine *the)
{
    const esp_partition_t *partition = find_partition(the);
    Selection *selection = partition ? calloc(1, sizeof *selection) : NULL;

    if (!selection)
        xsUnknownError(partition ? "no memory" : "partition not found");
    selection->partition = partition;
    selection->done = xsArg(1);
    xsRemember(selection->done);
    selection->worker = worker_task_new(the, &kSelectionTask, select_partition, on_selected, selection);
    if (selection->worker) {
        worker_start(selection->worker);
        return;
    }
    free_selection(the, selection);
    xsUnknownError("no memory");
}

void xs_esp32_mark_valid(xsMachine *the)
{
    const esp_partition_t *running = esp_ota_get_running_partition();
    esp_ota_img_states_t state;

    /* An image in "factory", or one that esptool wrote, is never on trial. */
    if (!running || esp_ota_get_state_partition(running, &state) != ESP_OK || state != ESP_OTA_IMG_PENDING_VERIFY)
        return;
    esp_err_t error = esp_ota_mark_app_valid_cancel_rollback();
    if (error != ESP_OK)
        xsUnknownError("cannot end the trial: %s", esp_err_to_name(error));
}

void xs_esp32_image(xsMachine *the)
{
    const esp_partition_t *partition = find_partition(the);
    esp_app_desc_t description;
    esp_image_metadata_t metadata;

    if (!partition || esp_ota_get_partition_description(partition, &description) != ESP_OK)
        return;
    esp_partition_pos_t position = {.offset = partition->address, .size = partition->size};
    esp_err_t error = esp_image_verify(ESP_IMAGE_VERIFY_SILENT, &position, &metadata);
    /* The texts may fill their 32 bytes without a NUL. */
    description.version[sizeof description.version - 1] = 0;
    description.project_name[sizeof description.project_name - 1] = 0;
    xsmcVars(1);
    xsmcSetNewObject(xsResult);
    set_text(the, xsID_version, description.version);
    set_text(the, xsID_project, description.project_name);
    set_boolean(the, xsID_valid, error == ESP_OK);
    /* An invalid image has no known length. */
    xsmcSetInteger(xsVar(0), error == ESP_OK ? (xsIntegerValue)metadata.image_len : 0);
    xsmcSet(xsResult, xsID_length, xsVar(0));
}

void xs_esp32_feed_watchdog(xsMachine *the)
{
    /* The SDK subscribes the XS task only if the watchdog is configured at start. */
    if (esp_task_wdt_reset() == ESP_OK)
        return;
    esp_err_t error = esp_task_wdt_add(NULL);
    if (error != ESP_OK)
        xsUnknownError("watchdog: %s", esp_err_to_name(error));
}

void xs_esp32_power_save(xsMachine *the)
{
    esp_err_t error = esp_wifi_set_ps(xsmcToBoolean(xsArg(0)) ? WIFI_PS_MIN_MODEM : WIFI_PS_NONE);
    /* WiFi may not be started, or not yet. */
    if (error != ESP_OK && error != ESP_ERR_WIFI_NOT_INIT)
        xsUnknownError("modem sleep: %s", esp_err_to_name(error));
}

void xs_esp32_log(xsMachine *the)
{
    char *line = xsmcToString(xsArg(0));
#ifdef mxDebug
    xsTrace(line);
#else
    (void)the;
    fputs(line, stdout);
    fflush(stdout);
#endif
}
