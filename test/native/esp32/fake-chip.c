/* SPDX-License-Identifier: Apache-2.0 */
#include "fake-chip.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "esp_heap_caps.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "lwip/sys.h"
#include "xsHost.h"

enum { kMessages = 64 };

static struct {
    modMessageDeliver callback;
    void *refcon;
} messages[kMessages];
static size_t waiting;

size_t fake_queue_length = kMessages;
void (*fake_on_full_queue)(void);
uint32_t fake_now;
size_t fake_free_bytes = 100000;
size_t fake_pbufs;
bool fake_no_memory;
size_t fake_psram_blocks;
size_t fake_psram_bytes;
static int in_lwip, in_critical;

int modMessagePostToMachineFromISR(xsMachine *the, modMessageDeliver callback, void *refcon)
{
    (void)the;
    if (waiting >= fake_queue_length) {
        if (fake_on_full_queue)
            fake_on_full_queue();
        return -1;
    }
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
        messages[count].callback(NULL, messages[count].refcon, NULL, 0);
    waiting = 0;
    return count;
}

/* A critical section is for a few instructions: nothing in it may take a lock of its own. */
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

const char *esp_err_to_name(esp_err_t error)
{
    return error == ESP_OK ? "OK" : "error";
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
    fake_enter_lwip();
    esp_err_t error = function(context);
    fake_leave_lwip();
    return error;
}

u32_t sys_now(void)
{
    return fake_now;
}

char *ipaddr_ntoa_r(const ip_addr_t *address, char *text, int size)
{
    (void)address;
    return size > 9 ? strcpy(text, "10.0.0.1") : NULL;
}

struct pbuf *fake_pbuf(const void *bytes, size_t count)
{
    struct pbuf *packet = calloc(1, sizeof *packet + count);
    packet->payload = packet + 1;
    if (count)
        memcpy(packet->payload, bytes, count);
    packet->len = packet->tot_len = (u16_t)count;
    fake_pbufs++;
    return packet;
}

u8_t pbuf_free(struct pbuf *packet)
{
    u8_t count = 0;
    while (packet) {
        struct pbuf *next = packet->next;
        free(packet);
        packet = next;
        fake_pbufs--;
        count++;
    }
    return count;
}

/* lwIP's own code relies on it: a packet's total is its length and the total behind it. */
static void check_totals(const struct pbuf *packet)
{
    for (; packet; packet = packet->next)
        if (packet->tot_len != packet->len + (packet->next ? packet->next->tot_len : 0))
            abort();
}

void pbuf_cat(struct pbuf *head, struct pbuf *tail)
{
    check_totals(head);
    for (; head->next; head = head->next)
        head->tot_len = (u16_t)(head->tot_len + tail->tot_len);
    head->tot_len = (u16_t)(head->tot_len + tail->tot_len);
    head->next = tail;
}

u16_t pbuf_copy_partial(const struct pbuf *packet, void *target, u16_t count, u16_t offset)
{
    u16_t copied = 0;
    for (; packet && copied < count; packet = packet->next) {
        if (offset >= packet->len)
            offset = (u16_t)(offset - packet->len);
        else {
            u16_t part = (u16_t)(packet->len - offset);
            if (part > count - copied)
                part = (u16_t)(count - copied);
            memcpy((uint8_t *)target + copied, (const uint8_t *)packet->payload + offset, part);
            copied = (u16_t)(copied + part);
            offset = 0;
        }
    }
    return copied;
}

static FakeConnection *of(struct tcp_pcb *pcb)
{
    return (FakeConnection *)pcb;
}

FakeConnection *fake_connection(void)
{
    FakeConnection *connection = calloc(1, sizeof *connection);
    connection->pcb.snd_buf = kFakeSendBytes;
    connection->pcb.mss = kFakeSegment;
    connection->pcb.remote_port = 40000;
    return connection;
}

void fake_free(FakeConnection *connection)
{
    free(connection);
}

void fake_send(FakeConnection *connection, const uint8_t *bytes, size_t count)
{
    connection->receive(connection->argument, &connection->pcb, fake_pbuf(bytes, count), ERR_OK);
}

void fake_finish(FakeConnection *connection)
{
    connection->receive(connection->argument, &connection->pcb, NULL, ERR_OK);
}

void fake_reset(FakeConnection *connection)
{
    connection->aborted = true;
    if (connection->error)
        connection->error(connection->argument, ERR_ABRT);
}

void fake_acknowledge(FakeConnection *connection)
{
    u16_t count = (u16_t)(kFakeSendBytes - connection->pcb.snd_buf);
    connection->pcb.snd_buf = kFakeSendBytes;
    connection->pcb.snd_queuelen = 0;
    connection->pcb.unacked = NULL;
    connection->sent(connection->argument, &connection->pcb, count);
}

void fake_poll(FakeConnection *connection)
{
    fake_now += 500;
    if (connection->poll && !connection->aborted)
        connection->poll(connection->argument, &connection->pcb);
}

void tcp_nagle_disable(struct tcp_pcb *pcb)
{
    of(pcb)->nodelay = true;
}

void tcp_nagle_enable(struct tcp_pcb *pcb)
{
    of(pcb)->nodelay = false;
}

void tcp_arg(struct tcp_pcb *pcb, void *argument)
{
    of(pcb)->argument = argument;
}

void tcp_recv(struct tcp_pcb *pcb, tcp_recv_fn receive)
{
    of(pcb)->receive = receive;
}

void tcp_sent(struct tcp_pcb *pcb, tcp_sent_fn sent)
{
    of(pcb)->sent = sent;
}

void tcp_err(struct tcp_pcb *pcb, tcp_err_fn error)
{
    of(pcb)->error = error;
}

void tcp_poll(struct tcp_pcb *pcb, tcp_poll_fn poll, u8_t interval)
{
    (void)interval;
    of(pcb)->poll = poll;
}

void tcp_recved(struct tcp_pcb *pcb, u16_t count)
{
    of(pcb)->acknowledged += count;
}

err_t tcp_write(struct tcp_pcb *pcb, const void *bytes, u16_t count, u8_t flags)
{
    FakeConnection *connection = of(pcb);
    u16_t buffers = (u16_t)((count + kFakeSegment - 1) / kFakeSegment);
    (void)flags;
    if (count > pcb->snd_buf || pcb->snd_queuelen + buffers > TCP_SND_QUEUELEN)
        return ERR_MEM;
    pcb->snd_queuelen = (u16_t)(pcb->snd_queuelen + buffers);
    memcpy(connection->bytes + connection->written, bytes, count);
    connection->written += count;
    pcb->snd_buf = (u16_t)(pcb->snd_buf - count);
    pcb->unacked = (struct tcp_seg *)connection;
    return ERR_OK;
}

err_t tcp_output(struct tcp_pcb *pcb)
{
    (void)pcb;
    return ERR_OK;
}

err_t tcp_close(struct tcp_pcb *pcb)
{
    of(pcb)->closed = true;
    return ERR_OK;
}

void tcp_abort(struct tcp_pcb *pcb)
{
    fake_reset(of(pcb));
}
