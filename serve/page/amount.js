"use strict";
/* Amounts as they came: decimal texts.  A JavaScript number keeps 15 digits, so what is shown never goes through one: digits
 * are grouped in the text, and what is shortened is rounded as a BigInt.  Numbers are for colours and lengths alone. */
const amount = (() => {
  const SCALES = {
    en: [[12, "tn", "trillion"], [9, "bn", "billion"], [6, "m", "million"], [3, "k", "thousand"]],
    zh: [[12, "万亿", "万亿"], [8, "亿", "亿"], [4, "万", "万"]],
  };
  const SHORT_FROM = 10000n;
  const GOOD = /^-?\d+(\.\d+)?$/;

  /* "-12.50" -> [-1250n, 2 digits behind the point]. */
  const parse = text => {
    const [whole, rest = ""] = text.split(".");
    return [BigInt(whole + rest), rest.length];
  };
  const absolute = n => n < 0n ? -n : n;
  const tens = count => 10n ** BigInt(count);

  /* The whole of it, digits grouped by three: 14,400,000,000.00 */
  const full = text => {
    if (!GOOD.test(text)) return text;
    const [whole, rest] = text.split(".");
    return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest === undefined ? "" : "." + rest);
  };

  /* n / 10^places with so many decimals, half away from zero; zeros at the end are left out. */
  const rounded = (n, places, decimals) => {
    const up = n * tens(decimals), unit = tens(places);
    const digits = ((up + unit / 2n) / unit).toString().padStart(decimals + 1, "0");
    const whole = digits.slice(0, digits.length - decimals), rest = digits.slice(digits.length - decimals).replace(/0+$/, "");
    return whole + (rest ? "." + rest : "");
  };

  /* Three digits that count, and a word: 14.4 bn, 144亿.  Small ones stay as they are. */
  const short = (text, language, wide) => {
    if (!GOOD.test(text)) return text;
    const [signed, places] = parse(text), n = absolute(signed), sign = signed < 0n ? "-" : "";
    const scales = SCALES[language];
    for (let i = 0; i < scales.length; i++) {
      const [zeros, brief, word] = scales[i];
      /* What rounds up to 1,000 of the smaller unit is 1 of the larger. */
      if (n * 1000n < tens(zeros + places) * 1000n - tens(zeros + places) / 2n) continue;
      const lead = (n / tens(zeros + places)).toString().length;
      const figure = rounded(n, zeros + places, Math.max(0, 3 - lead));
      return sign + figure + (language === "zh" ? "" : wide ? " " : "\u202f") + (wide ? word : brief);
    }
    return sign + rounded(n, places, n >= tens(places + 2) ? 0 : 2);
  };

  const compare = (a, b) => {
    const [x, i] = parse(a), [y, k] = parse(b), left = x * tens(k), right = y * tens(i);
    return left < right ? -1 : left > right ? 1 : 0;
  };
  /* It has no shorter form. */
  const is_small = text => {
    const [n, places] = parse(text);
    return absolute(n) < SHORT_FROM * tens(places);
  };
  const is_zero = text => parse(text)[0] === 0n;

  /* For colours and lengths alone. */
  const about = text => Number(text);
  /* What a part is of a whole, 0 to 1. */
  const share = (part, whole) => {
    const [x, i] = parse(part), [y, k] = parse(whole), total = absolute(y) * tens(i);
    return total === 0n ? 0 : Math.min(1, Number(absolute(x) * tens(k) * 10000n / total) / 10000);
  };

  return { full, short, compare, is_zero, is_small, about, share, is_good: text => typeof text === "string" && GOOD.test(text) };
})();
