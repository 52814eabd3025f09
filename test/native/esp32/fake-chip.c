/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-chip.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "xsHost.h"

enum { kMessages = 64 };

static struct {
    xsMachine *the;
    modMessageDeliver callback;
    void *refcon;
} messages[kMessages];
static size_t waiting;

size_t fake_queue_length = kMessages;
void (*fake_on_full_queue)(void);
void (*fake_before_exec)(void);
size_t fake_free_bytes = 100000;
bool fake_no_memory;
size_t fake_psram_blocks;
size_t fake_psram_bytes;
static int in_lwip, in_critical;

int modMessagePostToMachineFromISR(xsMachine *the, modMessageDeliver callback, void *refcon)
{
    if (waiting >= fake_queue_length) {
        if (fake_on_full_queue)
            fake_on_full_queue();
        return -1;
    }
    messages[waiting].the = the;
    messages[waiting].callback = callback;
    messages[waiting++].refcon = refcon;
    return 0;
}

int modMessagePostToMachine(xsMachine *the, uint8_t *message, uint16_t length, modMessageDeliver callback, void *refcon)
{
    (void)message;
    (void)length;
    return modMessagePostToMachineFromISR(the, callback, refcon);
}

size_t fake_deliver(void)
{
    size_t count = 0;
    for (; count < waiting; count++)
        messages[count].callback(messages[count].the, messages[count].refcon, NULL, 0);
    waiting = 0;
    return count;
}

/* Code in a critical section may not take a lock. */
static void check_not_critical(void)
{
    if (in_critical)
        abort();
}

void vPortEnterCritical(portMUX_TYPE *mux)
{
    (void)mux;
    check_not_critical();
    in_critical++;
}

void vPortExitCritical(portMUX_TYPE *mux)
{
    (void)mux;
    in_critical--;
}

void *heap_caps_calloc(size_t count, size_t size, uint32_t caps)
{
    (void)caps;
    check_not_critical();
    return fake_no_memory ? NULL : calloc(count, size);
}

typedef struct Block {
    struct Block *next;
    size_t size;
    max_align_t memory[];
} Block;

static Block *psram;

void *heap_caps_malloc(size_t size, uint32_t caps)
{
    check_not_critical();
    if (fake_no_memory)
        return NULL;
    if (!(caps & MALLOC_CAP_SPIRAM))
        return malloc(size);
    Block *block = malloc(sizeof *block + size);
    block->next = psram;
    block->size = size;
    psram = block;
    fake_psram_blocks++;
    fake_psram_bytes += size;
    return block->memory;
}

void heap_caps_free(void *memory)
{
    check_not_critical();
    for (Block **place = &psram; *place; place = &(*place)->next) {
        Block *block = *place;
        if (block->memory != memory)
            continue;
        *place = block->next;
        fake_psram_blocks--;
        fake_psram_bytes -= block->size;
        free(block);
        return;
    }
    free(memory);
}

size_t heap_caps_get_free_size(uint32_t caps)
{
    (void)caps;
    return fake_free_bytes;
}

void fake_enter_lwip(void)
{
    in_lwip++;
}

void fake_leave_lwip(void)
{
    in_lwip--;
}

void fake_check_in_lwip(void)
{
    check_not_critical();
    if (!in_lwip)
        abort();
}

esp_err_t esp_netif_tcpip_exec(esp_netif_callback_fn function, void *context)
{
    check_not_critical();
    if (fake_before_exec)
        fake_before_exec();
    fake_enter_lwip();
    esp_err_t error = function(context);
    fake_leave_lwip();
    return error;
}

esp_netif_t *esp_netif_get_default_netif(void)
{
    static char interface;
    return (esp_netif_t *)&interface;
}

const char *esp_err_to_name(esp_err_t error)
{
    return error == ESP_OK ? "ESP_OK" : "an error";
}
