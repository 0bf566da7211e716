/* doubt_rows.h - the rows of check_doubts.c: figures, and what is to be said of
 * them, all of it.
 *
 * A figure is "province partner flow value currency first-day last-day", and more
 * fields as name=value.
 */
#ifndef TESTS_UNIT_DOUBT_ROWS_H
#define TESTS_UNIT_DOUBT_ROWS_H

#include <stddef.h>

enum { FIGURES_A_ROW = 12, WANTS_A_ROW = 4 };

#define YEAR "2023-01-01 2023-12-31"
#define NINE "2023-01-01 2023-09-30"
#define JUNE "2023-06-01 2023-06-30"
#define TO_MAY "2023-01-01 2023-05-31"
#define TO_JUNE "2023-01-01 2023-06-30"

static const struct {
    const char *name;
    const char *figures[FIGURES_A_ROW];
    const char *wants[WANTS_A_ROW];
} ROWS[] = {
    { "a month above its year",
      { "CN-LN RU EXPORT 14400000000 CNY " YEAR, "CN-LN RU EXPORT 42640000000 CNY " NINE },
      { "[contradicted] Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion "
        "CNY is larger than the 14.4 billion CNY of 2023 that stand, by 28.24 billion "
        "CNY. It is in no total." } },
    { "the same, and a total that it fits",
      { "CN-LN RU EXPORT 14400000000 CNY " YEAR, "CN-LN RU EXPORT 42640000000 CNY " NINE,
        "CN-LN RU TOTAL 54900000000 CNY " YEAR, "CN-LN RU IMPORT 40500000000 CNY " YEAR },
      { "[contradicted] Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion "
        "CNY is larger than the 14.4 billion CNY of 2023 that stand, by 28.24 billion "
        "CNY. It is in no total. A guess: it fits as a total, within the 54.9 billion "
        "CNY of 2023." } },
    { "a total that exports would not go with is no guess",
      { "CN-LN RU EXPORT 14400000000 CNY " YEAR, "CN-LN RU EXPORT 42640000000 CNY " NINE,
        "CN-LN RU TOTAL 54900000000 CNY " YEAR, "CN-LN RU IMPORT 20500000000 CNY " YEAR },
      { "[contradicted] Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion "
        "CNY is larger than the 14.4 billion CNY of 2023 that stand, by 28.24 billion "
        "CNY. It is in no total.",
        "[mismatched] Liaoning x Russia, total, 2023: 54.9 billion CNY, and yet exports "
        "14.4 billion CNY of 2023 and imports 20.5 billion CNY of 2023 come to 34.9 "
        "billion CNY: 20 billion CNY less." } },
    { "exports and imports swapped",
      { "CN RU EXPORT 42950000000 USD " TO_MAY, "CN RU EXPORT 52284000000 USD " TO_JUNE,
        "CN RU EXPORT 11280000000 USD " JUNE, "CN RU IMPORT 50850000000 USD " TO_MAY,
        "CN RU IMPORT 62263000000 USD " TO_JUNE, "CN RU IMPORT 9551000000 USD " JUNE },
      { "[contradicted] China x Russia, exports, 2023-06: 11.28 billion USD and the "
        "42.95 billion USD of 2023-01 to 2023-05 come to 54.23 billion USD, 1.946 "
        "billion USD more than the 52.284 billion USD of 2023-01 to 2023-06 that stand. "
        "It is in no total. A guess: exports and imports are swapped; it fits as "
        "imports, and 9.551 billion USD as exports.",
        "[contradicted] China x Russia, imports, 2023-06: 9.551 billion USD and the "
        "50.85 billion USD of 2023-01 to 2023-05 come to 60.401 billion USD, 1.862 "
        "billion USD less than the 62.263 billion USD of 2023-01 to 2023-06 that stand. "
        "It is in no total. A guess: exports and imports are swapped; it fits as "
        "exports, and 11.28 billion USD as imports." } },
    { "the same figure stands as a total",
      { "CN-LN RU EXPORT 14400000000 CNY " YEAR, "CN-LN RU EXPORT 42640000000 CNY " NINE,
        "CN-LN RU TOTAL 42640000000 CNY " NINE },
      { "[contradicted] Liaoning x Russia, exports, 2023-01 to 2023-09: 42.64 billion "
        "CNY is larger than the 14.4 billion CNY of 2023 that stand, by 28.24 billion "
        "CNY. It is in no total. A guess: the same figure stands as total: 42.64 billion "
        "CNY." } },
    { "a weaker year that is below its month",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR,
        "CN-LN RU EXPORT 42640000000 CNY " NINE " grade=FINAL" },
      { "[contradicted] Liaoning x Russia, exports, 2023: 14.413 billion CNY is smaller "
        "than the 42.64 billion CNY of 2023-01 to 2023-09 that stand, by 28.227 billion "
        "CNY. It is in no total." } },
    { "a weaker year that is below its months",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR,
        "CN-LN RU EXPORT 12640000000 CNY " TO_MAY " grade=FINAL",
        "CN-LN RU EXPORT 12640000000 CNY " JUNE " grade=FINAL" },
      { "[contradicted] Liaoning x Russia, exports, 2023: 14.413 billion CNY is 10.867 "
        "billion CNY less than the 2 figures inside it come to. It is in no total." } },
    { "a year that is above the months that fill it",
      { "CN-LN RU EXPORT 34413000000 CNY " TO_JUNE,
        "CN-LN RU EXPORT 12640000000 CNY " TO_MAY " grade=FINAL",
        "CN-LN RU EXPORT 12640000000 CNY " JUNE " grade=FINAL" },
      { "[contradicted] Liaoning x Russia, exports, 2023-01 to 2023-06: 34.413 billion "
        "CNY is 9.133 billion CNY more than the 2 figures inside it come to. It is in no "
        "total." } },
    { "revisions and rounding are no doubt",
      { "CN-LN RU EXPORT 14400000000 CNY " YEAR, "CN-LN RU EXPORT 14480000000 CNY " NINE },
      { NULL } },
    { "a total that is not the sum of its own period",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR, "CN-LN RU IMPORT 42640000000 CNY " YEAR,
        "CN-LN RU TOTAL 56123000000 CNY " YEAR },
      { "[mismatched] Liaoning x Russia, total, 2023: 56.123 billion CNY, and yet "
        "exports 14.413 billion CNY of 2023 and imports 42.64 billion CNY of 2023 come "
        "to 57.053 billion CNY: 930 million CNY more." } },
    { "a total below what lies inside it",
      { "CN-LN RU EXPORT 14413000000 CNY " TO_MAY, "CN-LN RU IMPORT 42640000000 CNY " JUNE,
        "CN-LN RU TOTAL 50123000000 CNY " YEAR },
      { "[mismatched] Liaoning x Russia, total, 2023: 50.123 billion CNY, and yet the 2 "
        "exports and imports inside it come to 57.053 billion CNY: 6.93 billion CNY more." } },
    { "a total above what lies around it",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR, "CN-LN RU IMPORT 12640000000 CNY " YEAR,
        "CN-LN RU TOTAL 50123000000 CNY " NINE },
      { "[mismatched] Liaoning x Russia, total, 2023-01 to 2023-09: 50.123 billion CNY, "
        "and yet exports 14.413 billion CNY of 2023 and imports 12.64 billion CNY of "
        "2023 come to 27.053 billion CNY: 23.07 billion CNY less." } },
    { "two sources",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR, "CN-LN RU EXPORT 15640000000 CNY " YEAR },
      { "[undecided] Liaoning x Russia, exports, 2023: 15.64 billion CNY is shown, and a "
        "source of equal authority says 14.413 billion CNY; both are of one version, so "
        "the content decides." } },
    { "one source says it more vaguely",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR, "CN-LN RU EXPORT 14000000000 CNY " YEAR },
      { NULL } },
    { "a later one replaces it",
      { "CN-LN RU EXPORT 14413000000 CNY " YEAR,
        "CN-LN RU EXPORT 15640000000 CNY " YEAR " version=5" },
      { NULL } },
    { "a whole over 1 % above its parts",
      { "CN-LN RU EXPORT 10100000000 CNY " TO_JUNE, "CN-LN RU EXPORT 5000000000 CNY " TO_MAY,
        "CN-LN RU EXPORT 4990000000 CNY " JUNE },
      { "[adjusted] Liaoning x Russia, exports, 2023-01 to 2023-06: 10.1 billion CNY, "
        "and what lies inside it comes to 9.99 billion CNY: 110 million CNY less, 1.0 % "
        "of it. Revisions were never seen to make more than 0.5 %." } },
    { "a whole within 1 % of its parts",
      { "CN-LN RU EXPORT 10010000000 CNY " TO_JUNE, "CN-LN RU EXPORT 5000000000 CNY " TO_MAY,
        "CN-LN RU EXPORT 4990000000 CNY " JUNE },
      { NULL } },
    { "only at least",
      { "CN-JL RU TOTAL 29700000000 CNY " YEAR " bound=AT_LEAST" },
      { "[at_least] Jilin x Russia, total, 2023: at least 29.7 billion CNY: nobody has "
        "said more than \"at least\"; the true total may be any larger one." } },
    { "at least, and somebody knows",
      { "CN-JL RU TOTAL 29700000000 CNY " YEAR " bound=AT_LEAST",
        "CN-JL RU TOTAL 29900000000 CNY " YEAR " version=3" },
      { NULL } },
    { "at least, and its flows say it",
      { "CN-JL RU TOTAL 12700000000 CNY " YEAR " bound=AT_LEAST",
        "CN-JL RU EXPORT 9100000000 CNY " YEAR, "CN-JL RU IMPORT 3600000000 CNY " YEAR },
      { NULL } },
    { "a part of at least is no total",
      { "CN-JL RU TOTAL 29700000000 CNY " YEAR " bound=AT_LEAST commodity=87" },
      { NULL } },
    { "yuan and dollars of one rate",
      { "CN-LN RU EXPORT 7000000000 CNY " YEAR, "CN-LN RU EXPORT 1000000000 USD " YEAR },
      { NULL } },
    { "yuan and dollars of no rate",
      { "CN-LN RU EXPORT 9231000000 CNY " YEAR, "CN-LN RU EXPORT 1003000000 USD " YEAR },
      { "[no_rate] Liaoning x Russia, exports, 2023: 9.231 billion CNY and 1.003 billion "
        "USD both stand: that is 9.2033 yuan per dollar, and that year's rates lie "
        "between 6.5867 and 7.5263, 3 % of room on either side." } },
    { "dollars that are yuan",
      { "CN-LN RU EXPORT 9231000000 CNY " YEAR, "CN-LN RU EXPORT 9231000000 USD " YEAR },
      { "[no_rate] Liaoning x Russia, exports, 2023: 9.231 billion CNY and 9.231 billion "
        "USD both stand: that is 1.0000 yuan per dollar, and that year's rates lie "
        "between 6.5867 and 7.5263, 3 % of room on either side. A guess: it is one "
        "figure, given in the wrong currency once." } },
    { "yuan and dollars of different periods",
      { "CN-LN RU EXPORT 9231000000 CNY " YEAR, "CN-LN RU EXPORT 9231000000 USD " NINE },
      { NULL } },
    { "a rate of a year that nobody has noted",
      { "CN-LN RU EXPORT 9231000000 CNY 1993-01-01 1993-12-31",
        "CN-LN RU EXPORT 9231000000 USD 1993-01-01 1993-12-31" },
      { NULL } },
    { "a chapter above the total",
      { "CN-LN RU EXPORT 10010000000 CNY " YEAR,
        "CN-LN RU EXPORT 12012000000 CNY " YEAR " commodity=87" },
      { "[part_above_whole] Liaoning x Russia, HS 87, exports, 2023: 12.012 billion CNY, "
        "a part that is larger than its whole: Liaoning x Russia has 10.01 billion CNY "
        "of 2023, 2.002 billion CNY less." } },
    { "a chapter of the year above nine months is nothing",
      { "CN-LN RU EXPORT 10010000000 CNY " NINE,
        "CN-LN RU EXPORT 12012000000 CNY " YEAR " commodity=87" },
      { NULL } },
    { "months of a chapter above the year of all",
      { "CN-LN RU EXPORT 10010000000 CNY " YEAR,
        "CN-LN RU EXPORT 7012000000 CNY " TO_MAY " commodity=8703",
        "CN-LN RU EXPORT 5012000000 CNY " JUNE " commodity=8703" },
      { "[part_above_whole] Liaoning x Russia, HS 8703, exports, 2023-01 to 2023-05: 2 "
        "figures from here on come to 12.024 billion CNY, a part that is larger than its "
        "whole: Liaoning x Russia has 10.01 billion CNY of 2023, 2.014 billion CNY less." } },
    { "8703 and 8704 above 87",
      { "CN-LN RU EXPORT 10010000000 CNY " YEAR " commodity=87",
        "CN-LN RU EXPORT 6012000000 CNY " YEAR " commodity=8703",
        "CN-LN RU EXPORT 5012000000 CNY " YEAR " commodity=8704",
        "CN-LN RU EXPORT 5912000000 CNY " YEAR " commodity=870323" },
      { "[parts_above_whole] Liaoning x Russia, HS 87, exports, 2023: 10.01 billion CNY, "
        "and yet its 2 parts come to 11.024 billion CNY, 1.014 billion CNY more (the "
        "largest: HS 8703 6.012 billion, HS 8704 5.012 billion)." } },
    { "Zibo above Shandong",
      { "CN-SD RU TOTAL 15010000000 CNY " YEAR,
        "CN-SD RU TOTAL 15850000000 CNY " YEAR " province_area=370300" },
      { "[part_above_whole] Shandong x Russia, area 370300, total, 2023: 15.85 billion "
        "CNY, a part that is larger than its whole: Shandong x Russia has 15.01 billion "
        "CNY of 2023, 840 million CNY less." } },
    { "Zibo and its district are not added",
      { "CN-SD RU TOTAL 15010000000 CNY " YEAR,
        "CN-SD RU TOTAL 9850000000 CNY " YEAR " province_area=370300",
        "CN-SD RU TOTAL 8850000000 CNY " YEAR " province_area=370302" },
      { NULL } },
    { "a city's chapter above the province",
      { "CN-SD RU TOTAL 15010000000 CNY " YEAR,
        "CN-SD RU TOTAL 15850000000 CNY " YEAR " province_area=370300 commodity=84" },
      { "[part_above_whole] Shandong x Russia, area 370300, HS 84, total, 2023: 15.85 "
        "billion CNY, a part that is larger than its whole: Shandong x Russia has 15.01 "
        "billion CNY of 2023, 840 million CNY less." } },
    { "a part without a name above the whole",
      { "CN-SD RU TOTAL 15010000000 CNY " YEAR,
        "CN-SD RU TOTAL 15850000000 CNY " YEAR " scope=PART" },
      { "[part_above_whole] Shandong x Russia, a part without a name, total, 2023: 15.85 "
        "billion CNY, a part that is larger than its whole: Shandong x Russia has 15.01 "
        "billion CNY of 2023, 840 million CNY less." } },
    { "a province above the nation, in two periods",
      { "CN RU EXPORT 10010000000 CNY " YEAR, "CN-LN RU EXPORT 12012000000 CNY " YEAR,
        "CN RU EXPORT 5012000000 CNY " TO_MAY, "CN-LN RU EXPORT 6013000000 CNY " TO_MAY },
      { "[part_above_whole] Liaoning x Russia, exports, 2023: 12.012 billion CNY, a part "
        "that is larger than its whole: China x Russia has 10.01 billion CNY of 2023, "
        "2.002 billion CNY less. The same in 1 more period." } },
    { "Hong Kong is no part of national figures",
      { "CN RU EXPORT 10010000000 CNY " YEAR, "CN-HK RU EXPORT 12012000000 CNY " YEAR },
      { NULL } },
    { "all provinces above the nation",
      { "CN RU EXPORT 10010000000 CNY " YEAR, "CN-LN RU EXPORT 6012000000 CNY " YEAR,
        "CN-HL RU EXPORT 4913000000 CNY " YEAR, "CN-JL RU EXPORT 10000 CNY " YEAR },
      { "[provinces_above_nation] China x Russia, exports, 2023: 10.01 billion CNY, and "
        "yet its 3 provinces come to 10.92501 billion CNY, 915.01 million CNY more (the "
        "largest: Liaoning 6.012 billion, Heilongjiang 4.913 billion)." } },
    { "a member above its group",
      { "CN-GD VN EXPORT 12012000000 CNY " YEAR, "CN-GD ASEAN EXPORT 10010000000 CNY " YEAR },
      { "[part_above_whole] Guangdong x Viet Nam, exports, 2023: 12.012 billion CNY, a "
        "part that is larger than its whole: Guangdong x Association of Southeast Asian "
        "Nations has 10.01 billion CNY of 2023, 2.002 billion CNY less." } },
    { "who left the group is not held against it",
      { "CN-GD GB EXPORT 12012000000 CNY " YEAR, "CN-GD EU EXPORT 10010000000 CNY " YEAR },
      { NULL } },
    { "a group above the world, and no sum of groups",
      { "CN-GD EU EXPORT 12012000000 CNY " YEAR, "CN-GD WORLD EXPORT 10010000000 CNY " YEAR,
        "CN-GD BRI EXPORT 9912000000 CNY " YEAR },
      { "[part_above_whole] Guangdong x European Union, exports, 2023: 12.012 billion "
        "CNY, a part that is larger than its whole: Guangdong x World has 10.01 billion "
        "CNY of 2023, 2.002 billion CNY less." } },
    { "all partners above the world",
      { "CN-GD VN EXPORT 6012000000 CNY " YEAR, "CN-GD WORLD EXPORT 10010000000 CNY " YEAR,
        "CN-GD RU EXPORT 5012000000 CNY " YEAR },
      { "[partners_above_world] Guangdong x World, exports, 2023: 10.01 billion CNY, and "
        "yet its 2 partners come to 11.024 billion CNY, 1.014 billion CNY more (the "
        "largest: Viet Nam 6.012 billion, Russia 5.012 billion)." } },
    { "at least is no upper limit",
      { "CN RU EXPORT 10010000000 CNY " YEAR " bound=AT_LEAST", "CN RU EXPORT 1000000000 CNY " JUNE,
        "CN-LN RU EXPORT 12012000000 CNY " YEAR },
      { NULL } },
    { "a year of a province above the months of the nation",
      { "CN RU EXPORT 5012000000 CNY " TO_MAY, "CN RU EXPORT 1013000000 CNY " JUNE,
        "CN-LN RU EXPORT 7015000000 CNY " TO_JUNE },
      { "[part_above_whole] Liaoning x Russia, exports, 2023-01 to 2023-06: 7.015 billion "
        "CNY, a part that is larger than its whole: China x Russia has 2 figures that come "
        "to 6.025 billion CNY of 2023-01 to 2023-06, 990 million CNY less." } },
    { "months of the nation that leave one out",
      { "CN RU EXPORT 5012000000 CNY " TO_MAY, "CN RU EXPORT 1013000000 CNY 2023-07-01 2023-07-31",
        "CN-LN RU EXPORT 7015000000 CNY 2023-01-01 2023-07-31" },
      { NULL } },
    { "provinces above the months of the nation",
      { "CN RU EXPORT 5012000000 CNY " TO_MAY, "CN RU EXPORT 1013000000 CNY " JUNE,
        "CN-LN RU EXPORT 4015000000 CNY " TO_JUNE, "CN-HL RU EXPORT 3015000000 CNY " TO_JUNE },
      { "[provinces_above_nation] China x Russia, exports, 2023-01 to 2023-06: 6.025 "
        "billion CNY in 2 figures, and yet its 2 provinces come to 7.03 billion CNY, 1.005 "
        "billion CNY more (the largest: Liaoning 4.015 billion, Heilongjiang 3.015 "
        "billion)." } },
};

#endif
