/* SPDX-License-Identifier: Apache-2.0 */

/* Class Listener of embedded:io/socket/listener. A connection is watched from the moment lwIP accepts it, so one that ends before it is
 * read is found ended. */

#include "notifier.h"
#include "lwip-tcp.h"
#include "options.h"

#include "mc.xs.h"

#include "esp_netif.h"
#include "freertos/FreeRTOS.h"
#include "lwip/tcp.h"

/* Connections accepted and not yet read; one more is reset. */
enum { kPending = 8, kBacklog = 8, kAccepted = 1 };

typedef struct Listener {
    Notifier notifier;
    xsSlot object;
    xsSlot *onReadable;
    int port;
    struct tcp_pcb *pcb; /* lwIP's task */
    /* Under gLock: a ring. */
    Stream *pending[kPending];
    uint32_t first;
    uint32_t count;
} Listener;

static portMUX_TYPE gLock = portMUX_INITIALIZER_UNLOCKED;

void xs_lwip_listener_destructor(void *data);

static void mark(xsMachine *the, void *data, xsMarkRoot markRoot)
{
    Listener *listener = data;
    if (listener && listener->onReadable)
        (*markRoot)(the, listener->onReadable);
}

static const xsHostHooks kHooks = {xs_lwip_listener_destructor, mark, NULL};

static Listener *validate(xsMachine *the)
{
    Listener *listener = xsmcGetHostDataValidate(xsThis, (void *)&kHooks);
    if (!listener)
        xsSyntaxError("closed");
    return listener;
}

static bool push(Listener *listener, Stream *stream)
{
    taskENTER_CRITICAL(&gLock);
    bool fits = listener->count < kPending;
    if (fits)
        listener->pending[(listener->first + listener->count++) % kPending] = stream;
    taskEXIT_CRITICAL(&gLock);
    return fits;
}

static Stream *pop(Listener *listener)
{
    Stream *stream = NULL;

    taskENTER_CRITICAL(&gLock);
    if (listener->count > 0) {
        stream = listener->pending[listener->first];
        listener->first = (listener->first + 1) % kPending;
        listener->count--;
    }
    taskEXIT_CRITICAL(&gLock);
    return stream;
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
    Stream *stream = waiting(listener) < kPending ? stream_new(listener->notifier.the, pcb) : NULL;
    if (!stream) {
        tcp_abort(pcb);
        return ERR_ABRT;
    }
    push(listener, stream);
    notifier_post(&listener->notifier, kAccepted);
    return ERR_OK;
}

static void on_posted(xsMachine *the, void *owner, uint32_t events)
{
    Listener *listener = owner;
    uint32_t count = waiting(listener);

    (void)events;
    if (count > 0)
        call_back(the, &listener->object, listener->onReadable, (int)count);
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
    Stream *stream;

    if (listener->pcb) {
        tcp_accept(listener->pcb, NULL);
        tcp_close(listener->pcb);
    }
    listener->pcb = NULL;
    while ((stream = pop(listener)) != NULL)
        stream_discard(stream);
    return ESP_OK;
}

static void shut(Listener *listener)
{
    listener->notifier.silent = true;
    if (listener->pcb)
        esp_netif_tcpip_exec(do_close, listener);
    notifier_release(&listener->notifier);
}

void xs_lwip_listener_destructor(void *data)
{
    if (data)
        shut(data);
}

void xs_lwip_listener(xsMachine *the)
{
    int port = option_integer(the, xsID_port, "port", 0, 65535, 0);
    xsSlot *onReadable = option_callback(the, xsID_onReadable, "onReadable");

    /* Without an interface lwIP may not run yet. */
    if (!esp_netif_get_default_netif())
        xsUnknownError("no network");
    Listener *listener = notifier_allocate(sizeof(Listener));
    if (!listener)
        xsUnknownError("no memory");
    notifier_init(&listener->notifier, the, listener, on_posted);
    listener->onReadable = onReadable;
    listener->port = port;
    xsmcSetHostData(xsThis, listener);
    xsSetHostHooks(xsThis, (xsHostHooks *)&kHooks);
    esp_err_t error = esp_netif_tcpip_exec(do_open, listener);
    if (error == ESP_ERR_INVALID_STATE)
        xsUnknownError("port %d is in use", port);
    if (error != ESP_OK)
        xsUnknownError("port %d: %s", port, esp_err_to_name(error));
    listener->object = xsThis;
    xsRemember(listener->object);
}

void xs_lwip_listener_close(xsMachine *the)
{
    if (!xsmcGetHostData(xsThis))
        return;
    Listener *listener = validate(the);
    xsForget(listener->object);
    xsmcSetHostData(xsThis, NULL);
    shut(listener);
}

void xs_lwip_listener_waiting(xsMachine *the)
{
    xsmcSetBoolean(xsResult, waiting(validate(the)) > 0);
}

/* xsArg(0): a TCP object without a connection, which is the result. */
void xs_lwip_listener_read(xsMachine *the)
{
    Listener *listener = validate(the);
    Stream *stream = pop(listener);

    if (!stream)
        return;
    xsTry
    {
        tcp_object_accept(the, &xsArg(0), stream);
    }
    xsCatch
    {
        stream_close(stream);
        xsThrow(xsException);
    }
    xsResult = xsArg(0);
}

void xs_lwip_listener_get_port(xsMachine *the)
{
    xsmcSetInteger(xsResult, validate(the)->port);
}
