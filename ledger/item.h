/* item.h - one standing record in as few bytes as it takes (private to
 * item_pack.c and item_unpack.c; ledger/entry.h is what others see).
 *
 *      +--------+------+------+-----+------+---------+------------------+---------+
 *      | offset | head | more | day | back | version | who, what, where | amounts |
 *      | vi     | u8   | u8   | vi  | vi   | vi      |                  |         |
 *      +--------+------+------+-----+------+---------+------------------+---------+
 *
 *   offset of the message in its partition: where the record itself can be read.
 *         It is no part of what is stated: equal records are equal without it,
 *         and the first one's is kept
 *   head  bits 0-1  shape: transaction, statistic, agreement
 *         bits 2-3  grade         bit 6  a value and its currency follow
 *         bits 4-5  bound         bit 7  a quantity and its unit follow
 *   more  trade: bit 0 status, 1 scope, 2-3 flow, 4 province_area follows,
 *         5 partner_area, 6 commodity; agreement: bits 0-2 status, 3-6 kind
 *   back  statistics only: days from the first to the last of the period
 *   vi    LEB128, unsigned, in the shortest form
 *
 * A trade event then has province, two letters, and partner, and the texts that
 * `more` names; an agreement has its four lists.  A partner of two letters is
 * these; the code of a group of partners that is longer has its length before
 * it, a byte that is no letter.  A list, and a text of
 * varying length, begins with a byte that counts.  Places and currencies are
 * their codes, never rows of a table: a journal outlives a table.
 *
 * Every fact has exactly one form, so that equal bytes behind the offset mean
 * equal rank.
 */
#ifndef LEDGER_ITEM_H
#define LEDGER_ITEM_H

#include "ledger/entry.h"

enum shape { SHAPE_TRANSACTION, SHAPE_STATISTIC, SHAPE_AGREEMENT, SHAPE_COUNT };
enum { HAS_VALUE = 1 << 6, HAS_QUANTITY = 1 << 7 };
enum { HAS_PROVINCE_AREA = 1 << 4, HAS_PARTNER_AREA = 1 << 5, HAS_COMMODITY = 1 << 6 };
enum { PAIR_CODE = 2, CURRENCY_CODE = 3, PERIOD_BACK_MOST = 365 };
#define VERSION_MOST ((INT64_C(1) << 53) - 1)

/* The roles that a record with this head and this `more` could have, as a mask
 * of entry.h. */
static inline uint16_t
item_roles(uint8_t head, uint8_t more)
{
    uint32_t roles = entry_role(SLOT_VALUE, ROLE_STANDS) | entry_role(SLOT_VALUE, ROLE_TO);

    if ((head & 3) != SHAPE_STATISTIC)
        return (uint16_t)(ENTRY_FACT | roles);
    roles |= entry_role(SLOT_VALUE, ROLE_FROM);
    if ((more & 1) == TRADE_RETRACTED)
        roles |= entry_role(SLOT_VALUE, ROLE_RETRACTS);
    else if ((head >> 4 & 3) == BOUND_EXACT)
        roles |= entry_role(SLOT_VALUE, ROLE_FINEST);
    return (uint16_t)(((head & HAS_VALUE) != 0 ? roles : 0) |
                      ((head & HAS_QUANTITY) != 0 ? roles << ROLE_COUNT : 0));
}

#endif
