/* SPDX-License-Identifier: Apache-2.0 */

#include "lwip-tcp-socket.h"

#include <string.h>

#include "notifier.h"

#include "esp_heap_caps.h"
#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "freertos/semphr.h"
#include "lwip/ip_addr.h"
#include "lwip/pbuf.h"
#include "lwip/sys.h"

enum {
    kPollPerHalfSecond = 1,
    /* TCP user timeout: drops a peer that acknowledges nothing for this long. As in platforms/linux/native/sockets.c. */
    kUserTimeoutMilliseconds = 60000,
    /* After close(): limit for sending the queued bytes and for the peer's FIN. */
    kLingerMilliseconds = 10000,
    kProbes = 3,
    /* Internal RAM that sending leaves to WiFi and the other tasks. */
    kReserveBytes = 24576,
    /* Bytes of a packet buffer beside the segment's: pbuf and protocol headers, lwIP's segment, heap blocks. */
    kBufferOverhead = 128,
    /* A write may extend the last segment by one more buffer, depending on lwIP's configuration. */
    kExtendingBuffers = 1,
};

struct TcpSocket {
    Notifier notifier;
    /* XS task. */
    void *owner;
    void (*on_events)(xsMachine *the, void *owner, uint32_t events);
    ip_addr_t address;
    uint16_t port;
    /* lwIP's task. */
    struct tcp_pcb *pcb; /* NULL: freed by lwIP */
    uint32_t progress;   /* ms; last acknowledgement, or last time that nothing was queued */
    uint32_t limit;      /* bytes that may wait for their acknowledgement; 0: the send buffer's */
    /* Both tasks, under the mutex: received and not read. */
    SemaphoreHandle_t mutex;
    struct pbuf *input;
    size_t offset; /* bytes read of the first buffer */
    _Atomic uint32_t readable;
    _Atomic uint32_t writable;
    _Atomic bool drained;
    _Atomic bool connecting;
    _Atomic bool ended;  /* the peer has shut down its sending side */
    _Atomic bool failed; /* the pcb is freed */
};

static void on_posted(xsMachine *the, void *context, uint32_t events)
{
    TcpSocket *socket = context;
    if (socket->owner)
        socket->on_events(the, socket->owner, events);
}

static void free_socket(void *context)
{
    TcpSocket *socket = context;
    vSemaphoreDelete(socket->mutex);
    heap_caps_free(socket);
}

/* Free bytes of the send buffer, or of the part of it that this connection may use. */
static uint32_t free_buffer(const TcpSocket *socket, const struct tcp_pcb *pcb)
{
    uint32_t reserved = socket->limit > 0 && socket->limit < TCP_SND_BUF ? TCP_SND_BUF - socket->limit : 0;
    return tcp_sndbuf(pcb) > reserved ? tcp_sndbuf(pcb) - reserved : 0;
}

/*
 * Bytes that tcp_write() takes now. lwIP also limits the number of packet buffers: each segment takes one, so many short answers exhaust
 * them first. Each is as large as a full segment, so they also take memory.
 */
static uint32_t room(const TcpSocket *socket, const struct tcp_pcb *pcb)
{
    /* tcp_write() cuts shorter segments for a peer with a small window. */
    uint32_t half = pcb->snd_wnd_max / 2, segment = half > 0 && half < tcp_mss(pcb) ? half : tcp_mss(pcb);
    uint32_t used = tcp_sndqueuelen(pcb) + kExtendingBuffers;
    uint32_t buffers = used < TCP_SND_QUEUELEN ? TCP_SND_QUEUELEN - used : 0;
    size_t free_bytes = heap_caps_get_free_size(MALLOC_CAP_INTERNAL | MALLOC_CAP_8BIT);
    size_t affordable = free_bytes > kReserveBytes ? (free_bytes - kReserveBytes) / (tcp_mss(pcb) + kBufferOverhead) : 0;

    if (buffers > affordable)
        buffers = (uint32_t)affordable;
    uint32_t bytes = free_buffer(socket, pcb);
    return buffers * segment < bytes ? buffers * segment : bytes;
}

static void set_writable(TcpSocket *socket, uint32_t count)
{
    atomic_store_explicit(&socket->writable, count, memory_order_relaxed);
}

static void update_room(TcpSocket *socket, const struct tcp_pcb *pcb)
{
    set_writable(socket, room(socket, pcb));
    atomic_store_explicit(&socket->drained, !pcb->unsent && !pcb->unacked, memory_order_relaxed);
}

static err_t on_receive(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error)
{
    TcpSocket *socket = argument;

    (void)pcb;
    (void)error;
    if (!packet) {
        atomic_store_explicit(&socket->ended, true, memory_order_release);
        notifier_post(&socket->notifier, kTcpEnded);
        return ERR_OK;
    }
    uint32_t count = packet->tot_len;
    xSemaphoreTake(socket->mutex, portMAX_DELAY);
    if (socket->input)
        pbuf_cat(socket->input, packet); /* at most one window: it opens again only as bytes are read */
    else
        socket->input = packet;
    xSemaphoreGive(socket->mutex);
    atomic_fetch_add_explicit(&socket->readable, count, memory_order_release);
    notifier_post(&socket->notifier, kTcpReadable);
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t count)
{
    TcpSocket *socket = argument;

    (void)count;
    socket->progress = sys_now();
    update_room(socket, pcb);
    notifier_post(&socket->notifier, kTcpWritable);
    return ERR_OK;
}

/* After a reset, a timeout or unanswered probes: lwIP has freed the pcb. */
static void on_error(void *argument, err_t error)
{
    TcpSocket *socket = argument;

    (void)error;
    socket->pcb = NULL;
    set_writable(socket, 0);
    atomic_store_explicit(&socket->failed, true, memory_order_release);
    notifier_post(&socket->notifier, kTcpFailed);
}

/* Finds room that comes without an acknowledgement: memory freed by other tasks. */
static err_t on_poll(void *argument, struct tcp_pcb *pcb)
{
    TcpSocket *socket = argument;
    uint32_t now = sys_now(), before = (uint32_t)tcp_socket_writable(socket);

    if (!pcb->unsent && !pcb->unacked)
        socket->progress = now;
    if (now - socket->progress >= kUserTimeoutMilliseconds) {
        tcp_abort(pcb); /* calls on_error */
        return ERR_ABRT;
    }
    if (tcp_socket_connecting(socket))
        return ERR_OK;
    update_room(socket, pcb);
    if (tcp_socket_writable(socket) > before)
        notifier_post(&socket->notifier, kTcpWritable);
    return ERR_OK;
}

TcpSocket *tcp_socket_new(xsMachine *the, struct tcp_pcb *pcb)
{
    TcpSocket *socket = notifier_allocate(sizeof(TcpSocket));

    if (!socket)
        return NULL;
    socket->mutex = xSemaphoreCreateMutex();
    if (!socket->mutex) {
        heap_caps_free(socket);
        return NULL;
    }
    notifier_init(&socket->notifier, the, socket, on_posted);
    socket->notifier.free_owner = free_socket;
    socket->pcb = pcb;
    socket->progress = sys_now();
    socket->address = pcb->remote_ip;
    socket->port = pcb->remote_port;
    update_room(socket, pcb);
    tcp_arg(pcb, socket);
    tcp_recv(pcb, on_receive);
    tcp_sent(pcb, on_sent);
    tcp_err(pcb, on_error);
    tcp_poll(pcb, on_poll, kPollPerHalfSecond);
    return socket;
}

/* Failures are reported by on_error(). */
static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error)
{
    TcpSocket *socket = argument;

    (void)error;
    atomic_store_explicit(&socket->connecting, false, memory_order_release);
    update_room(socket, pcb);
    notifier_post(&socket->notifier, kTcpWritable);
    return ERR_OK;
}

typedef struct Connect {
    xsMachine *the;
    ip_addr_t address;
    uint16_t port;
    TcpSocket *socket;
} Connect;

static esp_err_t do_connect(void *context)
{
    Connect *request = context;
    struct tcp_pcb *pcb = tcp_new_ip_type(IP_GET_TYPE(&request->address));
    TcpSocket *socket = pcb ? tcp_socket_new(request->the, pcb) : NULL;

    if (!socket) {
        if (pcb)
            tcp_close(pcb);
        return ESP_ERR_NO_MEM;
    }
    socket->address = request->address;
    socket->port = request->port;
    socket->connecting = true;
    set_writable(socket, 0);
    if (tcp_connect(pcb, &request->address, request->port, on_connected) != ERR_OK) {
        tcp_socket_discard(socket);
        return ESP_FAIL;
    }
    request->socket = socket;
    return ESP_OK;
}

TcpSocket *tcp_socket_connect(xsMachine *the, const char *address, uint16_t port)
{
    Connect request = {.the = the, .port = port};

    if (!ipaddr_aton(address, &request.address))
        xsUnknownError("address: expected an IP address");
    /* Without an interface lwIP may not run yet. */
    if (!esp_netif_get_default_netif())
        xsUnknownError("no network");
    esp_err_t error = esp_netif_tcpip_exec(do_connect, &request);
    if (error != ESP_OK)
        xsUnknownError("connect: %s", esp_err_to_name(error));
    return request.socket;
}

bool tcp_socket_connecting(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->connecting, memory_order_acquire);
}

void tcp_socket_adopt(TcpSocket *socket, void *owner, void (*on_events)(xsMachine *the, void *owner, uint32_t events))
{
    socket->owner = owner;
    socket->on_events = on_events;
    notifier_post(&socket->notifier, kTcpReadable | kTcpWritable | kTcpEnded | kTcpFailed);
}

typedef struct Request {
    TcpSocket *socket;
    bool nodelay;
    uint32_t keepalive;
    uint32_t limit;
    const void *bytes;
    size_t count;
    struct pbuf *spent;
} Request;

static esp_err_t do_tune(void *context)
{
    Request *request = context;
    struct tcp_pcb *pcb = request->socket->pcb;

    if (!pcb)
        return ESP_OK;
    request->socket->limit = request->limit;
    if (!tcp_socket_connecting(request->socket))
        update_room(request->socket, pcb);
    if (request->nodelay)
        tcp_nagle_disable(pcb);
    else
        tcp_nagle_enable(pcb);
    if (request->keepalive) {
        ip_set_option(pcb, SOF_KEEPALIVE);
        pcb->keep_idle = request->keepalive;
        pcb->keep_intvl = (request->keepalive + 1) / 2;
        pcb->keep_cnt = kProbes;
    }
    return ESP_OK;
}

void tcp_socket_tune(TcpSocket *socket, bool nodelay, uint32_t keepalive, uint32_t limit)
{
    Request request = {.socket = socket, .nodelay = nodelay, .keepalive = keepalive, .limit = limit};
    esp_netif_tcpip_exec(do_tune, &request);
}

size_t tcp_socket_readable(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->readable, memory_order_acquire);
}

size_t tcp_socket_writable(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->writable, memory_order_relaxed);
}

bool tcp_socket_drained(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->drained, memory_order_relaxed);
}

bool tcp_socket_ended(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->ended, memory_order_acquire);
}

bool tcp_socket_failed(const TcpSocket *socket)
{
    return atomic_load_explicit(&socket->failed, memory_order_acquire);
}

/* Opens the window by the bytes read, and frees the buffers read. */
static esp_err_t do_consume(void *context)
{
    Request *request = context;

    if (request->spent)
        pbuf_free(request->spent);
    if (request->socket->pcb)
        tcp_recved(request->socket->pcb, (u16_t)request->count);
    return ESP_OK;
}

/* Unlinks the buffers that were read completely, as a chain of their own. */
static struct pbuf *take_spent(TcpSocket *socket)
{
    struct pbuf *spent = NULL;

    while (socket->input && socket->offset >= socket->input->len) {
        struct pbuf *first = socket->input, *rest = first->next;
        socket->offset -= first->len;
        /* Not pbuf_dechain(): it frees a rest that only this chain refers to. */
        if (rest)
            rest->tot_len = (u16_t)(first->tot_len - first->len);
        first->next = NULL;
        first->tot_len = first->len;
        socket->input = rest;
        if (spent)
            pbuf_cat(spent, first);
        else
            spent = first;
    }
    return spent;
}

void tcp_socket_read(TcpSocket *socket, void *bytes, size_t count)
{
    Request request = {.socket = socket, .count = count};

    xSemaphoreTake(socket->mutex, portMAX_DELAY);
    pbuf_copy_partial(socket->input, bytes, (u16_t)count, (u16_t)socket->offset);
    socket->offset += count;
    request.spent = take_spent(socket);
    xSemaphoreGive(socket->mutex);
    atomic_fetch_sub_explicit(&socket->readable, (uint32_t)count, memory_order_acq_rel);
    esp_netif_tcpip_exec(do_consume, &request);
    /* The end of input is reported after the last byte is read. */
    if (tcp_socket_ended(socket) && !tcp_socket_readable(socket))
        notifier_post(&socket->notifier, kTcpEnded);
}

static esp_err_t do_write(void *context)
{
    Request *request = context;
    TcpSocket *socket = request->socket;
    struct tcp_pcb *pcb = socket->pcb;

    if (!pcb)
        return ESP_ERR_INVALID_STATE;
    if (request->count > room(socket, pcb) || (request->count > 0 && tcp_write(pcb, request->bytes, (u16_t)request->count, TCP_WRITE_FLAG_COPY) != ERR_OK)) {
        /* So that on_sent() or on_poll() reports the next room. */
        set_writable(socket, 0);
        return ESP_ERR_NO_MEM;
    }
    tcp_output(pcb);
    update_room(socket, pcb);
    return ESP_OK;
}

TcpWrite tcp_socket_write(TcpSocket *socket, const void *bytes, size_t count)
{
    Request request = {.socket = socket, .bytes = bytes, .count = count};
    /* lwIP's task copies the bytes while XS waits, so the garbage collector cannot move them. */
    esp_err_t error = esp_netif_tcpip_exec(do_write, &request);
    return error == ESP_OK ? kTcpWritten : error == ESP_ERR_INVALID_STATE ? kTcpOver : kTcpWouldBlock;
}

bool tcp_socket_peer(const TcpSocket *socket, char *text, size_t size, uint16_t *port)
{
    *port = socket->port;
    return ipaddr_ntoa_r(&socket->address, text, (int)size) != NULL;
}

/* `argument`: the deadline. */
static err_t on_linger(void *argument, struct tcp_pcb *pcb)
{
    if ((int32_t)(sys_now() - (uint32_t)(uintptr_t)argument) < 0)
        return ERR_OK;
    tcp_abort(pcb);
    return ERR_ABRT;
}

/*
 * Shuts down the sending side only. Without a receive callback lwIP acknowledges and drops all input. tcp_close() would reset the
 * connection when input is unread or still arrives, and the last bytes written would be lost.
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

void tcp_socket_discard(TcpSocket *socket)
{
    struct tcp_pcb *pcb = socket->pcb;

    socket->pcb = NULL;
    if (pcb)
        linger(pcb, tcp_socket_readable(socket));
    if (socket->input)
        pbuf_free(socket->input);
    socket->input = NULL;
    notifier_release(&socket->notifier);
}

static esp_err_t do_close(void *context)
{
    tcp_socket_discard(context);
    return ESP_OK;
}

void tcp_socket_close(TcpSocket *socket)
{
    socket->notifier.silent = true;
    socket->owner = NULL;
    esp_netif_tcpip_exec(do_close, socket);
}

void tcp_socket_abort(TcpSocket *socket)
{
    tcp_socket_close(socket);
}
