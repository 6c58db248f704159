#include "adapters/sim/sim_private.h"

#include <stdlib.h>
#include <string.h>

int mt_sim_orders_init(struct mt_sim_orders *orders, uint16_t symbols)
{
    memset(orders, 0, sizeof *orders);
    orders->free_slot = MT_SIM_NONE;
    orders->slot_capacity = 64;
    orders->page_mask = 64 - 1;
    orders->slots = calloc(orders->slot_capacity, sizeof *orders->slots);
    orders->pages = calloc(orders->page_mask + 1, sizeof(struct mt_sim_page *));
    orders->lists = calloc(symbols, sizeof *orders->lists);
    if (!orders->slots || !orders->pages || !orders->lists)
        return MT_ENOMEM;
    for (uint16_t i = 0; i < symbols; i++)
        orders->lists[i] = (struct mt_sim_book_side){.first = MT_SIM_NONE, .last = MT_SIM_NONE};
    return 0;
}

void mt_sim_orders_fini(struct mt_sim_orders *orders)
{
    for (uint64_t i = 0; orders->pages && i <= orders->page_mask; i++)
        free(orders->pages[i]);
    free(orders->slots);
    free(orders->pages);
    free(orders->lists);
}

/* Ids are counters: those of a page were given one after the other, so the orders of the moment share
 * a few lines of the cache, however many there have been. Where the page of an id is, or would be. */
static struct mt_sim_page **place_of(const struct mt_sim_orders *orders, uint64_t number)
{
    uint64_t place = (number * UINT64_C(0x9E3779B97F4A7C15)) >> 20 & orders->page_mask;
    while (orders->pages[place] && orders->pages[place]->number != number)
        place = (place + 1) & orders->page_mask;
    return &orders->pages[place];
}

struct mt_sim_known *mt_sim_orders_find(const struct mt_sim_orders *orders, uint64_t coid)
{
    struct mt_sim_page *page = *place_of(orders, coid / MT_SIM_PAGE);
    struct mt_sim_known *known = page ? &page->known[coid % MT_SIM_PAGE] : NULL;
    return known && known->coid != 0 ? known : NULL;
}

static int grow_pages(struct mt_sim_orders *orders)
{
    struct mt_sim_page **old = orders->pages;
    uint64_t old_mask = orders->page_mask;
    struct mt_sim_page **grown = calloc((old_mask + 1) * 2, sizeof *grown);
    if (!grown)
        return MT_ENOMEM;
    orders->pages = grown;
    orders->page_mask = old_mask * 2 + 1;
    for (uint64_t i = 0; i <= old_mask; i++) {
        if (old[i])
            *place_of(orders, old[i]->number) = old[i];
    }
    free(old);
    return 0;
}

static struct mt_sim_page *page_of(struct mt_sim_orders *orders, uint64_t number)
{
    struct mt_sim_page **place = place_of(orders, number);
    if (*place)
        return *place;
    if (orders->page_count * 2 > orders->page_mask) {
        if (grow_pages(orders) != 0)
            return NULL;
        place = place_of(orders, number);
    }
    *place = calloc(1, sizeof **place);
    if (!*place)
        return NULL;
    (*place)->number = number;
    orders->page_count++;
    return *place;
}

struct mt_sim_known *mt_sim_orders_remember(struct mt_sim_orders *orders,
                                            const struct mt_order_request *request)
{
    MT_ASSERT(request->coid != 0);
    struct mt_sim_page *page = page_of(orders, request->coid / MT_SIM_PAGE);
    if (!page)
        return NULL;
    struct mt_sim_known *known = &page->known[request->coid % MT_SIM_PAGE];
    MT_ASSERT(known->coid == 0);
    *known = (struct mt_sim_known){.coid = request->coid,
                                   .slot = MT_SIM_NONE,
                                   .account = request->terms.account,
                                   .symbol = request->terms.symbol};
    return known;
}

static int grow_slots(struct mt_sim_orders *orders)
{
    uint32_t capacity = orders->slot_capacity * 2;
    if (capacity > MT_SIM_ORDERS_MAX)
        return MT_ENOMEM;
    struct mt_sim_order *slots = realloc(orders->slots, capacity * sizeof *slots);
    if (!slots)
        return MT_ENOMEM;
    orders->slots = slots;
    orders->slot_capacity = capacity;
    return 0;
}

static void link_last(struct mt_sim_orders *orders, int32_t slot)
{
    struct mt_sim_order *order = &orders->slots[slot];
    struct mt_sim_book_side *list = &orders->lists[order->match.request.terms.symbol];
    order->next = MT_SIM_NONE;
    order->prev = list->last;
    if (list->last == MT_SIM_NONE)
        list->first = slot;
    else
        orders->slots[list->last].next = slot;
    list->last = slot;
}

static void unlink_slot(struct mt_sim_orders *orders, int32_t slot)
{
    struct mt_sim_order *order = &orders->slots[slot];
    struct mt_sim_book_side *list = &orders->lists[order->match.request.terms.symbol];
    if (order->prev == MT_SIM_NONE)
        list->first = order->next;
    else
        orders->slots[order->prev].next = order->next;
    if (order->next == MT_SIM_NONE)
        list->last = order->prev;
    else
        orders->slots[order->next].prev = order->prev;
}

int32_t mt_sim_orders_add(struct mt_sim_orders *orders, const struct mt_order_request *request)
{
    int32_t slot = orders->free_slot;
    if (slot != MT_SIM_NONE) {
        orders->free_slot = orders->slots[slot].next;
    } else {
        if (orders->slot_count == orders->slot_capacity && grow_slots(orders) != 0)
            return MT_SIM_NONE;
        slot = (int32_t)orders->slot_count++;
    }
    orders->slots[slot] = (struct mt_sim_order){.match = {.request = *request}};
    link_last(orders, slot);
    orders->open_count++;
    return slot;
}

void mt_sim_orders_remove(struct mt_sim_orders *orders, int32_t slot)
{
    unlink_slot(orders, slot);
    orders->slots[slot].next = orders->free_slot;
    orders->free_slot = slot;
    orders->open_count--;
}

void mt_sim_orders_move_last(struct mt_sim_orders *orders, int32_t slot)
{
    unlink_slot(orders, slot);
    link_last(orders, slot);
}
