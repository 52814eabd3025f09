/* SPDX-License-Identifier: Apache-2.0 */

/* Class Listener of embedded:io/socket/listener. A connection is observed from the moment lwIP accepts it, so that read() also returns one
 * that has ended meanwhile. */

#include "lwip-tcp-socket.h"
#include "native-class.h"
#include "notifier.h"
#include "tcp-object.h"

#include "mc.xs.h"

#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "lwip/tcp.h"

/* kPending: connections accepted and not read. Further ones are reset. */
enum { kPending = 8, kBacklog = 8, kAccepted = 1 };

enum { kOnReadable };

typedef struct Listener {
    NativeObject base;
    Notifier notifier;
    int port;
    struct tcp_pcb *pcb; /* lwIP's task */
    /* A ring, under gLock. */
    TcpSocket *pending[kPending];
    uint32_t first;
    uint32_t count;
} Listener;

static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;

void xs_listener_destructor(void *data);

static const xsHostHooks kHooks = {xs_listener_destructor, native_mark, NULL};

static bool push(Listener *listener, TcpSocket *socket)
{
    taskENTER_CRITICAL(&gLock);
    bool fits = listener->count < kPending;
    if (fits)
        listener->pending[(listener->first + listener->count++) % kPending] = socket;
    taskEXIT_CRITICAL(&gLock);
    return fits;
}

static TcpSocket *pop(Listener *listener)
{
    TcpSocket *socket = NULL;

    taskENTER_CRITICAL(&gLock);
    if (listener->count > 0) {
        socket = listener->pending[listener->first];
        listener->first = (listener->first + 1) % kPending;
        listener->count--;
    }
    taskEXIT_CRITICAL(&gLock);
    return socket;
}

static uint32_t waiting(Listener *listener)
{
    taskENTER_CRITICAL(&gLock);
    uint32_t count = listener->count;
    taskEXIT_CRITICAL(&gLock);
    return count;
}

static err_t on_accept(void *argument, struct tcp_pcb *pcb, err_t error)
{
    Listener *listener = argument;

    if (error != ERR_OK || !pcb)
        return ERR_VAL;
    TcpSocket *socket = waiting(listener) < kPending ? tcp_socket_new(listener->notifier.the, pcb) : NULL;
    if (!socket) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    push(listener, socket);
    notifier_post(&listener->notifier, kAccepted);
    return ERR_OK;
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    Listener *listener = owner;
    uint32_t count = waiting(listener);

    (void)events;
    if (count > 0)
        native_call(the, &listener->base, kOnReadable, (int)count);
}

static esp_err_t do_open(void *context)
{
    Listener *listener = context;
    struct tcp_pcb *pcb = tcp_new_ip_type(IPADDR_TYPE_ANY);

    if (!pcb)
        return ESP_ERR_NO_MEM;
    ip_set_option(pcb, SOF_REUSEADDR);
    if (tcp_bind(pcb, IP_ANY_TYPE, (u16_t)listener->port) != ERR_OK) {
        tcp_close(pcb);
        return ESP_ERR_INVALID_STATE;
    }
    listener->pcb = tcp_listen_with_backlog(pcb, kBacklog);
    if (!listener->pcb) {
        tcp_close(pcb);
        return ESP_ERR_NO_MEM;
    }
    listener->port = listener->pcb->local_port;
    tcp_arg(listener->pcb, listener);
    tcp_accept(listener->pcb, on_accept);
    return ESP_OK;
}

static esp_err_t do_close(void *context)
{
    Listener *listener = context;
    TcpSocket *socket;

    if (listener->pcb) {
        tcp_accept(listener->pcb, NULL);
        tcp_close(listener->pcb);
    }
    listener->pcb = NULL;
    while ((socket = pop(listener)) != NULL)
        tcp_socket_discard(socket);
    return ESP_OK;
}

void xs_listener_destructor(void *data)
{
    Listener *listener = data;

    if (!listener)
        return;
    listener->notifier.silent = true;
    if (listener->pcb)
        esp_netif_tcpip_exec(do_close, listener);
    notifier_release(&listener->notifier);
}

void xs_listener(xsMachine *the)
{
    int port = native_integer(the, &xsArg(0), xsID_port, "port", 0, 65535, 0);

    /* Without an interface lwIP may not run yet. */
    if (!esp_netif_get_default_netif())
        xsUnknownError("no network");
    Listener *listener = notifier_allocate(sizeof(Listener));
    if (!listener)
        xsUnknownError("no memory");
    notifier_init(&listener->notifier, the, listener, on_posted);
    native_attach(the, listener, &kHooks);
    native_callback(the, &listener->base, kOnReadable, xsID_onReadable, "onReadable");
    native_target(the);
    listener->port = port;
    esp_err_t error = esp_netif_tcpip_exec(do_open, listener);
    if (error == ESP_ERR_INVALID_STATE)
        xsUnknownError("port %d is in use", port);
    if (error != ESP_OK)
        xsUnknownError("port %d: %s", port, esp_err_to_name(error));
    native_remember(the, &listener->base);
}

void xs_listener_close(xsMachine *the)
{
    xs_listener_destructor(native_detach(the, &xsThis, &kHooks));
}

void xs_listener_waiting(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);
    xsmcSetBoolean(xsResult, waiting(listener) > 0);
}

/* xsArg(0): a TCP object created without options, which becomes the connection and the result. */
void xs_listener_read(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);
    TcpSocket *socket = pop(listener);

    if (!socket)
        return;
    xsTry
    {
        tcp_object_accept(the, &xsArg(0), socket);
    }
    xsCatch
    {
        tcp_socket_close(socket);
        xsThrow(xsException);
    }
    xsResult = xsArg(0);
}

void xs_listener_get_port(xsMachine *the)
{
    Listener *listener = native_this(the, &kHooks);
    xsmcSetInteger(xsResult, listener->port);
}
