/* SPDX-License-Identifier: Apache-2.0 */

#include "lwip-stream.h"

#include <string.h>

#include "esp_heap_caps.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/sys.h"

enum {
    kPollPerHalfSecond = 1,
    /* TCP user timeout: a peer that acknowledges nothing of what waits to be sent for this long is dropped. As on the other platform. */
    kUserTimeoutMilliseconds = 60000,
    /* After close(): for sending what was written, and for the peer's end. */
    kLingerMilliseconds = 10000,
    kProbes = 3,
    /* Internal RAM that sending leaves to WiFi and the other tasks. */
    kReserveBytes = 24576,
    /* What a packet buffer needs beside a segment's bytes: its own header, those of the protocols, lwIP's segment, the heap's blocks. */
    kBufferOverhead = 128,
    /* A write may extend the last segment by a buffer of its own, where lwIP is so configured. */
    kExtendingBuffers = 1,
};

struct Stream {
    Notifier notifier;
    /* XS task. */
    void *owner;
    void (*answer)(xsMachine *the, void *owner, uint32_t events);
    ip_addr_t address;
    uint16_t port;
    /* lwIP's task. */
    struct tcp_pcb *pcb; /* NULL: gone */
    uint32_t progress;   /* ms; when the peer last acknowledged something, or nothing was waiting */
    /* Both, under the mutex: what was received and not read. */
    SemaphoreHandle_t mutex;
    struct pbuf *input;
    size_t offset; /* read already, of the first */
    _Atomic uint32_t readable;
    _Atomic uint32_t writable;
    _Atomic bool ended;  /* the peer sends no more */
    _Atomic bool failed; /* the pcb is gone */
};

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    Stream *stream = owner;
    if (stream->owner)
        stream->answer(the, stream->owner, events);
}

static void free_stream(void *owner)
{
    Stream *stream = owner;
    vSemaphoreDelete(stream->mutex);
    heap_caps_free(stream);
}

/*
 * Bytes that tcp_write() takes now. Beside the send buffer's bytes, lwIP limits its packet buffers: each segment takes one, so many short
 * answers use them up first, and each is as large as a full segment, so they use up memory as well.
 */
static uint32_t room(const struct tcp_pcb *pcb)
{
    /* As tcp_write() cuts segments for a peer with a small window. */
    uint32_t half = pcb->snd_wnd_max / 2, segment = half > 0 && half < tcp_mss(pcb) ? half : tcp_mss(pcb);
    uint32_t used = tcp_sndqueuelen(pcb) + kExtendingBuffers;
    uint32_t buffers = used < TCP_SND_QUEUELEN ? TCP_SND_QUEUELEN - used : 0;
    size_t free_bytes = heap_caps_get_free_size(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    size_t affordable = free_bytes > kReserveBytes ? (free_bytes - kReserveBytes) / (tcp_mss(pcb) + kBufferOverhead) : 0;

    if (buffers > affordable)
        buffers = (uint32_t)affordable;
    return buffers * segment < tcp_sndbuf(pcb) ? buffers * segment : tcp_sndbuf(pcb);
}

static void set_writable(Stream *stream, uint32_t count)
{
    atomic_store_explicit(&stream->writable, count, memory_order_relaxed);
}

static err_t on_receive(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    Stream *stream = argument;

    (void)pcb;
    (void)error;
    if (!packet) {
        atomic_store_explicit(&stream->ended, true, memory_order_release);
        notifier_post(&stream->notifier, kStreamEnded);
        return ERR_OK;
    }
    uint32_t count = packet->tot_len;
    xSemaphoreTake(stream->mutex, portMAX_DELAY);
    if (stream->input)
        pbuf_cat(stream->input, packet); /* at most a window's bytes: more are acknowledged only when these were read */
    else
        stream->input = packet;
    xSemaphoreGive(stream->mutex);
    atomic_fetch_add_explicit(&stream->readable, count, memory_order_release);
    notifier_post(&stream->notifier, kStreamReadable);
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t count)
{
    Stream *stream = argument;

    (void)count;
    stream->progress = sys_now();
    set_writable(stream, room(pcb));
    notifier_post(&stream->notifier, kStreamWritable);
    return ERR_OK;
}

/* Reset, timeout, no answer to probes: the pcb has been freed. */
static void on_error(void *argument, err_t error)
{
    Stream *stream = argument;

    (void)error;
    stream->pcb = NULL;
    set_writable(stream, 0);
    atomic_store_explicit(&stream->failed, true, memory_order_release);
    notifier_post(&stream->notifier, kStreamFailed);
}

/* Finds room that no acknowledgement brings: memory that others have freed. */
static err_t on_poll(void *argument, struct tcp_pcb *pcb)
{
    Stream *stream = argument;
    uint32_t now = sys_now(), before = (uint32_t)stream_writable(stream);

    if (!pcb->unsent && !pcb->unacked)
        stream->progress = now;
    if (now - stream->progress >= kUserTimeoutMilliseconds) {
        tcp_abort(pcb); /* calls on_error */
        return ERR_ABRT;
    }
    set_writable(stream, room(pcb));
    if (stream_writable(stream) > before)
        notifier_post(&stream->notifier, kStreamWritable);
    return ERR_OK;
}

Stream *stream_new(xsMachine *the, struct tcp_pcb *pcb)
{
    Stream *stream = notifier_allocate(sizeof(Stream));

    if (!stream)
        return NULL;
    stream->mutex = xSemaphoreCreateMutex();
    if (!stream->mutex) {
        heap_caps_free(stream);
        return NULL;
    }
    notifier_init(&stream->notifier, the, stream, on_posted);
    stream->notifier.free_owner = free_stream;
    stream->pcb = pcb;
    stream->progress = sys_now();
    stream->address = pcb->remote_ip;
    stream->port = pcb->remote_port;
    set_writable(stream, room(pcb));
    tcp_arg(pcb, stream);
    tcp_recv(pcb, on_receive);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_poll(pcb, on_poll, kPollPerHalfSecond);
    return stream;
}

void stream_adopt(Stream *stream, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    stream->owner = owner;
    stream->answer = on_events;
    notifier_post(&stream->notifier, kStreamReadable | kStreamWritable | kStreamEnded | kStreamFailed);
}

typedef struct Order {
    Stream *stream;
    bool nodelay;
    uint32_t keepalive;
    const void *bytes;
    size_t count;
    struct pbuf *spent;
} Order;

static esp_err_t do_tune(void *context)
{
    Order *order = context;
    struct tcp_pcb *pcb = order->stream->pcb;

    if (!pcb)
        return ESP_OK;
    if (order->nodelay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    if (order->keepalive) {
        ip_set_option(pcb, SOF_KEEPALIVE);
        pcb->keep_idle = order->keepalive;
        pcb->keep_intvl = (order->keepalive + 1) / 2;
        pcb->keep_cnt = kProbes;
    }
    return ESP_OK;
}

void stream_tune(Stream *stream, bool nodelay, uint32_t keepalive)
{
    Order order = {.stream = stream, .nodelay = nodelay, .keepalive = keepalive};
    esp_netif_tcpip_exec(do_tune, &order);
}

size_t stream_readable(const Stream *stream)
{
    return atomic_load_explicit(&stream->readable, memory_order_acquire);
}

size_t stream_writable(const Stream *stream)
{
    return atomic_load_explicit(&stream->writable, memory_order_relaxed);
}

bool stream_ended(const Stream *stream)
{
    return atomic_load_explicit(&stream->ended, memory_order_acquire);
}

bool stream_failed(const Stream *stream)
{
    return atomic_load_explicit(&stream->failed, memory_order_acquire);
}

/* The window opens again by what was read; the buffers go back where they came from. */
static esp_err_t do_consume(void *context)
{
    Order *order = context;

    if (order->spent)
        pbuf_free(order->spent);
    if (order->stream->pcb)
        tcp_recved(order->stream->pcb, (u16_t)order->count);
    return ESP_OK;
}

/* Takes the packets off the queue that were read whole, as a chain of their own. */
static struct pbuf *take_spent(Stream *stream)
{
    struct pbuf *spent = NULL;

    while (stream->input && stream->offset >= stream->input->len) {
        struct pbuf *first = stream->input, *rest = first->next;
        stream->offset -= first->len;
        /* Not pbuf_dechain(), which frees what only this chain refers to. */
        if (rest)
            rest->tot_len = (u16_t)(first->tot_len - first->len);
        first->next = NULL;
        first->tot_len = first->len;
        stream->input = rest;
        if (spent)
            pbuf_cat(spent, first);
        else
            spent = first;
    }
    return spent;
}

void stream_read(Stream *stream, void *bytes, size_t count)
{
    Order order = {.stream = stream, .count = count};

    xSemaphoreTake(stream->mutex, portMAX_DELAY);
    pbuf_copy_partial(stream->input, bytes, (u16_t)count, (u16_t)stream->offset);
    stream->offset += count;
    order.spent = take_spent(stream);
    xSemaphoreGive(stream->mutex);
    atomic_fetch_sub_explicit(&stream->readable, (uint32_t)count, memory_order_acq_rel);
    esp_netif_tcpip_exec(do_consume, &order);
    /* The end of input waited for this. */
    if (stream_ended(stream) && !stream_readable(stream))
        notifier_post(&stream->notifier, kStreamEnded);
}

static esp_err_t do_write(void *context)
{
    Order *order = context;
    Stream *stream = order->stream;
    struct tcp_pcb *pcb = stream->pcb;

    if (!pcb)
        return ESP_ERR_INVALID_STATE;
    if (order->count > room(pcb) || (order->count > 0 && tcp_write(pcb, order->bytes, (u16_t)order->count, TCP_WRITE_FLAG_COPY) != ERR_OK)) {
        /* So that on_sent() or on_poll() reports what room there is then. */
        set_writable(stream, 0);
        return ESP_ERR_NO_MEM;
    }
    tcp_output(pcb);
    set_writable(stream, room(pcb));
    return ESP_OK;
}

esp_err_t stream_write(Stream *stream, const void *bytes, size_t count)
{
    Order order = {.stream = stream, .bytes = bytes, .count = count};
    /* Copied there while this task waits here: nothing moves the bytes meanwhile. */
    return esp_netif_tcpip_exec(do_write, &order);
}

bool stream_peer(const Stream *stream, char *text, size_t size, uint16_t *port)
{
    *port = stream->port;
    return ipaddr_ntoa_r(&stream->address, text, (int)size) != NULL;
}

/* `argument`: when lingering has to be over. */
static err_t on_linger(void *argument, struct tcp_pcb *pcb)
{
    if ((int32_t)(sys_now() - (uint32_t)(uintptr_t)argument) < 0)
        return ERR_OK;
    tcp_abort(pcb);
    return ERR_ABRT;
}

/*
 * Shuts the sending side only; without a function of ours lwIP acknowledges and drops what the peer still sends. tcp_close() would reset
 * the connection when received bytes are unread or more come, and what was written last would be lost.
 */
static void linger(struct tcp_pcb *pcb, size_t unread)
{
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_arg(pcb, (void *)(uintptr_t)(sys_now() + kLingerMilliseconds));
    tcp_poll(pcb, on_linger, kPollPerHalfSecond);
    if (unread > 0)
        tcp_recved(pcb, (u16_t)unread);
    if (tcp_shutdown(pcb, 0, 1) != ERR_OK)
        tcp_abort(pcb);
}

void stream_discard(Stream *stream)
{
    struct tcp_pcb *pcb = stream->pcb;

    stream->pcb = NULL;
    if (pcb)
        linger(pcb, stream_readable(stream));
    if (stream->input)
        pbuf_free(stream->input);
    stream->input = NULL;
    notifier_release(&stream->notifier);
}

static esp_err_t do_close(void *context)
{
    stream_discard(context);
    return ESP_OK;
}

void stream_close(Stream *stream)
{
    stream->notifier.silent = true;
    stream->owner = NULL;
    esp_netif_tcpip_exec(do_close, stream);
}
