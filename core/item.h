/* item.h - one standing record in as few bytes as it takes (private to
 * item_pack.c and item_unpack.c; core/entry.h is what others see).
 *
 *      +------+------+-----+------+---------+-------------------+---------+
 *      | head | more | day | back | version | who, what, where  | amounts |
 *      | u8   | u8   | vi  | vi   | vi      |                   |         |
 *      +------+------+-----+------+---------+-------------------+---------+
 *
 *   head  bits 0-1  shape: transaction, statistic, agreement
 *         bits 2-3  grade         bit 6  a value and its currency follow
 *         bits 4-5  bound         bit 7  a quantity and its unit follow
 *   more  trade: bit 0 status, 1 scope, 2-3 flow, 4 province_area follows,
 *         5 partner_area, 6 commodity; agreement: bits 0-2 status, 3-6 kind
 *   back  statistics only: days from the first to the last of the period
 *   vi    LEB128, unsigned, in the shortest form
 *
 * A trade event then has province and partner, two letters each, and the texts
 * that `more` names; an agreement has its four lists.  A list, and a text of
 * varying length, begins with a byte that counts.  Places and currencies are
 * their codes, never rows of a table: a journal outlives a table.
 *
 * Every fact has exactly one form, so that equal bytes mean equal rank.
 */
#ifndef CORE_ITEM_H
#define CORE_ITEM_H

#include "core/entry.h"

enum shape { SHAPE_TRANSACTION, SHAPE_STATISTIC, SHAPE_AGREEMENT, SHAPE_COUNT };
enum { HAS_VALUE = 1 << 6, HAS_QUANTITY = 1 << 7 };
enum { HAS_PROVINCE_AREA = 1 << 4, HAS_PARTNER_AREA = 1 << 5, HAS_COMMODITY = 1 << 6 };
enum { PAIR_CODE = 2, CURRENCY_CODE = 3, PERIOD_BACK_MOST = 365 };
#define VERSION_MOST ((INT64_C(1) << 53) - 1)

#endif
