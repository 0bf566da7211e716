"use strict";
/* Every sentence of the page, in English and in Chinese.  Names of provinces and partners come from the server. */
const words = (() => {
  const TABLE = {
    skip: ["To the figures", "跳到数据"],
    views: ["Views", "视图"],
    figures: ["Figures", "数据"],
    doubts: ["Doubts", "存疑"],
    changes: ["Changes", "变动"],
    question: ["What is asked", "查询"],
    province: ["Province", "省份"],
    partner: ["Partner", "贸易伙伴"],
    flow: ["What", "指标"],
    unit: ["In", "单位"],
    window: ["When", "时间"],
    each_province: ["Each province", "各省"],
    each_partner: ["Each partner", "各国"],
    countries: ["Countries", "国家和地区"],
    groups: ["Groups of countries", "国家集团"],
    together: ["Together", "合计"],
    years: ["Years", "年份"],
    moving: ["Up to today", "截至当日"],
    rules: ["Amounts are exact. Currencies are never added to each other, nor are exports, imports and totals. Blank: nobody has reported it. That is not 0.",
      "金额为精确值。不同币种从不相加，出口、进口与总额也从不相加。空白表示无人报告，并不等于0。"],
    openapi: ["The same as JSON and CSV", "JSON与CSV接口"],
    other_language: ["中文", "English"],
    theme_auto: ["Theme: system", "主题：跟随系统"],
    theme_light: ["Theme: light", "主题：浅色"],
    theme_dark: ["Theme: dark", "主题：深色"],
    loading: ["Asking …", "查询中…"],

    export: ["Exports", "出口"],
    import: ["Imports", "进口"],
    total: ["Exports and imports, as told in one", "进出口总额"],
    "deals.export": ["Single deals: exports", "单笔交易：出口"],
    "deals.import": ["Single deals: imports", "单笔交易：进口"],
    "deals.total": ["Single deals: both in one", "单笔交易：进出口"],
    agreements: ["Agreements", "协议"],
    statistics: ["Statistics", "统计"],
    deals: ["Single deals", "单笔交易"],
    number_of: ["number", "件数"],
    records: ["records", "条记录"],
    agreements_unit: ["agreements", "项协议"],
    events: ["records", "记录数"],

    as_of: ["As of {day}", "截至{day}"],
    told_until: ["counted up to {time}, {ago}", "已计至{time}（{ago}）"],
    just_now: ["just now", "刚刚"],
    seconds_ago: ["{n} s ago", "{n}秒前"],
    minutes_ago: ["{n} min ago", "{n}分钟前"],
    hours_ago: ["{n} h ago", "{n}小时前"],
    days_ago: ["{n} days ago", "{n}天前"],
    live: ["live", "实时"],
    not_live: ["not live", "未连接实时更新"],
    whole: ["whole", "完整"],
    nothing: ["Nothing has been counted yet.", "尚无任何统计。"],
    partial: ["Partial: not everything is counted yet. What stands here may be too small.", "不完整：尚未全部计入，所示数字可能偏小。"],
    untold: ["Nobody says yet up to when everything is counted. What stands here may be too small.", "尚不清楚已计入到何时，所示数字可能偏小。"],
    old: ["Old: nothing newer than {time} is counted.", "已过时：{time}之后的记录尚未计入。"],
    ahead: ["A clock is wrong: this is said to be counted up to {time}, which has not come yet.", "时钟有误：所称的计入时间{time}尚未到来。"],
    no_answer: ["The server does not answer.", "服务器没有响应。"],
    shown_is_old: ["What is shown was true at {time}. It is asked again by itself.", "所示为{time}的数据，将自动重新查询。"],
    again: ["Ask again", "重新查询"],
    token: ["The server asks for a token.", "服务器要求令牌。"],
    token_label: ["Token", "令牌"],
    token_go: ["Show the figures", "显示数据"],

    of_export: ["Exports of {p} to {c}, {w}", "{w}{p}对{c}出口"],
    of_import: ["Imports of {p} from {c}, {w}", "{w}{p}自{c}进口"],
    of_total: ["Trade of {p} with {c}, {w}", "{w}{p}与{c}进出口总额"],
    "of_deals.export": ["Single deals: exports of {p} to {c}, {w}", "单笔交易：{w}{p}对{c}出口"],
    "of_deals.import": ["Single deals: imports of {p} from {c}, {w}", "单笔交易：{w}{p}自{c}进口"],
    "of_deals.total": ["Single deals of {p} with {c}, {w}", "单笔交易：{w}{p}与{c}"],
    of_agreements: ["Agreements of {p} with {c}, {w}", "{w}{p}与{c}的协议"],
    each_province_in: ["each province", "各省"],
    each_partner_in: ["each partner", "各国"],
    all_provinces_in: ["all provinces", "各省合计"],
    all_partners_in: ["all partners", "各国合计"],
    window_all: ["all years", "历年"],
    window_days: ["the last {n} days", "近{n}天"],
    window_day: ["the last day", "当日"],
    window_year: ["{n}", "{n}年"],

    no_data: ["No data", "无数据"],
    no_data_is_not_0: ["Nobody has ever reported on {p} and {c}. That is not 0.", "从未有人报告过{p}与{c}的数据，这并不等于0。"],
    no_figure: ["No figure", "无此数据"],
    no_figure_here: ["Nobody has told this for {w}. That is not 0. What is known of {p} and {c} stands below.", "{w}无人报告此项，这并不等于0。{p}与{c}的已知数据见下。"],
    no_figures: ["Nobody has told any of this. Take another year, flow or unit.", "没有相关数据，请换一个年份、指标或单位。"],
    sort: ["Order", "排序"],
    by_name: ["by name", "按名称"],
    all_partners: ["All partners", "各国合计"],
    of_world: ["of its world trade", "占该省对世界"],
    known_share: ["Told by provinces", "各省已报占比"],
    known_share_why: ["How much of the national figure the provinces have told", "各省已报告部分占全国数字的比例"],
    of_world_why: ["How much of the province's trade with the world its partners make, as far as they are told", "已知各伙伴之和占该省对世界贸易的比例"],
    heat_help: ["A click on a number shows who says so. Arrow keys move.", "点击数字可查看来源，方向键可移动。"],
    mark_doubt: ["a figure contradicts it, or sources differ", "有相互矛盾的数字，或来源不一"],
    mark_part: ["tells of a part of the time", "仅涵盖部分时间"],
    mark_inexact: ["“about” or “at least”", "约数或“至少”"],
    mark_derived: ["partly derived: nobody published it", "部分为推算：无人公布"],
    rank: ["Rank", "名次"],
    name: ["Name", "名称"],
    amount: ["Amount", "数额"],
    note: ["Note", "说明"],
    groups_apart: ["Groups, the world and sums: they hold others, and are never added to them", "集团、世界与合计：包含其他伙伴，从不与其相加"],
    sums_apart: ["Sums and national figures: they hold others, and are never added to them", "合计与全国数字：包含其他，从不与其相加"],
    bar: ["Beside the largest", "与最大者相比"],

    who: ["Who says so?", "谁说的？"],
    is_all: ["Is that all of it?", "完整吗？"],
    what_doubt: ["What is doubtful?", "有何疑点？"],
    nobody: ["Nobody.", "无人报告。"],
    more_records: ["All {n} records", "全部{n}条记录"],
    show_records: ["Show the records", "查看记录"],
    all_days: ["It tells of all {n} days.", "涵盖全部{n}天。"],
    some_days: ["No: it tells of {n} of {all} days.", "不完整：仅涵盖{all}天中的{n}天。"],
    over_days: ["It tells of {n} days, more than the {all} of the window: a longer figure ends in it.", "涵盖{n}天，超过时间窗口的{all}天：有跨期数字计入其中。"],
    unknown_days: ["Nobody knows of how many days it tells.", "涵盖天数未知。"],
    is_at_least: ["{n} of its figures say “about” or “at least”.", "其中{n}个数字为约数或“至少”。"],
    deals_apart: ["Single deals are not in it. A statistic may have them in it already.", "不含单笔交易，统计数字可能已包含它们。"],
    covers: ["It is {percent} % of {whole}: {value}.", "占{whole}（{value}）的{percent}%。"],
    sum_of_told: ["A sum of those that have told. Others may be missing.", "为已报告者之和，可能有缺。"],
    all_counted: ["Everything received up to {time}, {ago}, is counted.", "{time}（{ago}）之前收到的均已计入。"],
    nothing_doubtful: ["About this number: nothing that is known.", "此数：目前没有。"],
    of_the_pair: ["About the pair, the worst first:", "此组（最严重者在前）："],
    told_of: ["What was told, and of what time", "各记录及其时期"],
    n_contradicted: ["{n} contradicted and in no amount", "{n}条相互矛盾，未计入"],
    n_covered: ["{n} covered by a stronger figure, not in it", "{n}条被更权威数字覆盖，未计入"],
    n_undecided: ["{n} undecided: sources of equal authority differ", "{n}条待定：同等权威的来源不一"],
    n_mismatched: ["{n} that exports and imports do not come to", "{n}条与进口、出口之和不符"],
    n_inexact: ["{n} inexact: about, at least, at most", "{n}条为约数、至少或至多"],
    n_derived: ["{n} derived: nobody published it", "{n}为推算，无人公布"],
    n_adjusted: ["{n} is what wholes say beyond their parts", "{n}为总数超出各部分之和的部分"],
    n_days: ["{n} of {all} days", "{all}天中的{n}天"],
    n_coverage: ["{percent} % of {whole}", "占{whole}的{percent}%"],

    n_told: ["{percent} % of it is told by {parts}", "其中{percent}%来自{parts}"],
    is_told: ["{parts} come to {percent} % of it.", "{parts}占其{percent}%。"],
    scope_partial: ["partial", "不完整"],
    scope_old: ["old", "已过时"],
    all_of_them: ["all partners", "所有伙伴"],

    all_measures: ["All that is known of this pair", "此组全部已知数据"],
    measure: ["What", "指标"],
    by_month: ["By month", "按月"],
    by_year: ["By year", "按年"],
    no_months: ["Nobody has told of single months. Figures of longer periods lie in no month.", "无单月数据；较长时期的数字不归入任何月份。"],
    no_years: ["Nobody has told of a year.", "无年度数据。"],
    as_table: ["As a table", "以表格显示"],
    month: ["Month", "月份"],
    year: ["Year", "年份"],
    published: ["published", "已公布"],
    derived: ["derived", "推算"],
    contradicted: ["contradicted", "有矛盾"],
    chart_says: ["{title}. {n} figures; the largest is {value} ({when}). {derived} derived, {contradicted} with contradictions.", "{title}。共{n}个数字，最大为{value}（{when}）。推算{derived}个，有矛盾{contradicted}个。"],
    by_chapter: ["By chapter of goods (HS)", "按商品类别（HS章）"],
    chapter: ["Chapter", "类别"],
    no_detail: ["Nobody has told what goods these are.", "没有商品构成数据。"],
    detail_overlaps: ["These may overlap, and need not come to the whole.", "各项可能重叠，未必等于总数。"],
    no_finer: ["Nobody has told it finer.", "没有更细的数据。"],
    finer: ["Finer, by place, and parts", "更细分类、地区与部分"],
    what: ["What", "内容"],
    by_kind: ["Agreements by kind", "协议：按种类"],
    by_sector: ["Agreements by sector", "协议：按行业"],
    kind: ["Kind", "种类"],
    sector: ["Sector", "行业"],
    count: ["Number", "件数"],
    no_agreements: ["No agreements are known.", "没有已知协议。"],

    why_title: ["Who says so?", "谁说的？"],
    close: ["Close", "关闭"],
    adds: ["It is made of", "由以下记录构成"],
    left_out: ["Left out, and why", "未计入的记录及原因"],
    is_sum: ["{n} records, which come to this number to the last unit.", "共{n}条记录，其和与此数完全一致。"],
    is_sum_1: ["One record, and it is this number to the last unit.", "1条记录，与此数完全一致。"],
    is_moving: ["The records come to {sum}: the number has moved on meanwhile. Ask again.", "记录之和为{sum}：数字正在变动，请重新查询。"],
    not_sum: ["The records come to {sum}. That is NOT this number: tell whoever runs this.", "记录之和为{sum}，与此数不一致，请通知运维人员。"],
    no_records: ["No record.", "没有记录。"],
    and_more: ["and {n} more, not shown", "另有{n}条未显示"],
    kafka_silent: ["Kafka was not asked or did not answer, so names and titles of the records are missing.", "未能从Kafka取得记录的名称与标题。"],
    states: ["says", "称"],
    adds_here: ["adds {n}", "计入{n}"],
    whole_page: ["All about {p} and {c}", "{p}与{c}的全部数据"],
    source: ["Source", "来源"],
    no_link: ["no link was given", "未提供链接"],
    unnamed: ["unnamed source", "未具名来源"],

    doubts_title: ["What a careful reader should know", "存疑之处"],
    doubts_of: ["Doubts about {p} and {c}", "关于{p}与{c}的疑点"],
    no_doubts: ["No doubts are known.", "目前没有疑点。"],
    more_doubts: ["And {n} more. Choose a province or a partner to see them.", "另有{n}条，请选择省份或伙伴查看。"],
    doubt_zh: ["", "{who}，{flow}，{when}：{value}"],
    doubt_zh_against: ["", "，与{when}的{value}不符"],
    doubt_zh_by: ["", "，相差{value}"],

    changes_title: ["What changed", "最新变动"],
    changes_of: ["What changed: {p} and {c}", "最新变动：{p}与{c}"],
    changes_note: ["The last change of each pair, newest first. The time is that of the count, on your clock.", "每组仅列最近一次变动，最新在前；时间为计入时间（本机时区）。"],
    changes_since: ["The last change of each pair since this page was opened. The server does not tell of earlier ones.", "自打开本页以来每组最近一次变动；服务器未提供更早的变动。"],
    no_changes: ["Nothing has changed yet.", "尚无变动。"],
    today: ["Today", "今天"],
    earlier: ["Earlier", "更早"],
    time: ["Time", "时间"],
    pair: ["Pair", "省份与伙伴"],
    now_stands: ["Stands now, all years", "现值（历年）"],
    was: ["was {n}", "原为{n}"],
  };

  const KINDS = {
    LETTER_OF_INTENT: ["Letters of intent", "意向书"], MOU: ["Memoranda", "谅解备忘录"], FRAMEWORK: ["Frameworks", "框架协议"],
    CONTRACT: ["Contracts", "合同"], INVESTMENT: ["Investments", "投资"], TRANSIT: ["Transit", "过境运输"],
    SISTER_CITY: ["Sister cities", "友好城市"], BUNDLE: ["Bundles of unstated number", "一揽子（件数未说明）"], OTHER: ["Others", "其他"],
  };
  const REASONS = {
    stated: ["as stated", "按原数计入"], derived: ["derived: the rest", "推算：余数"], unsplit: ["the rest, on its whole period", "余数，归整个时期"],
    adjusted: ["adjusted: beyond its parts", "调整：超出各部分"], contradicted: ["contradicted", "相互矛盾"], covered: ["covered", "被覆盖"],
    sum: ["its parts come to it", "各部分之和即此数"], limits: ["others know better", "另有更确切数字"], vaguer: ["said more finely by another", "另有更精确表述"],
    disputes: ["disputed: equal authority", "有争议：同等权威"], retraction: ["takes back", "撤回"], retracted: ["taken back", "已撤回"],
    not_in_force: ["not in force", "未生效"], part: ["a part of the whole", "整体的一部分"], moved: ["of another pair now", "已改属他组"],
    outranked: ["outranked", "被更高级别取代"], repeats: ["repeats another", "重复"],
  };
  const DOUBTS = {
    contradicted: ["contradicted", "相互矛盾"], mismatched: ["does not add up", "进出口之和不符"], part_above_whole: ["part above its whole", "部分大于整体"],
    parts_above_whole: ["parts above their whole", "各部分之和大于整体"], provinces_above_nation: ["provinces above the nation", "各省之和大于全国"],
    partners_above_world: ["partners above the world", "各国之和大于世界"], no_rate: ["no exchange rate fits", "汇率不符"], undecided: ["sources differ", "来源不一"],
    adjusted: ["whole and parts differ", "整体与部分不一"], at_least: ["only “at least”", "仅为“至少”"],
  };

  let at = 0;                                            /* 0: English, 1: Chinese */
  const language = () => at === 1 ? "zh" : "en";
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const say = (name, values = {}) => fill(TABLE[name][at], values);
  const pick = (table, name) => table[name]?.[at] ?? name;
  const locale = () => at === 1 ? "zh-Hans-CN" : "en-GB";
  const set_language = name => {
    at = name.toLowerCase().startsWith("zh") ? 1 : 0;
    document.documentElement.lang = at === 1 ? "zh-Hans" : "en";
  };

  /* A name of a currency is the browser's; that of a unit of quantity comes from the server.  A few codes are both: alone they
   * are currencies, behind qty. they are not. */
  const currency_name = code => {
    try { return new Intl.DisplayNames(locale(), { type: "currency" }).of(code); } catch { return code; }
  };
  let quantities = new Map();
  const quantity = code => {
    const row = quantities.get(code);
    return row ? row[at === 1 ? "chinese" : "english"] || row.english || code : code;
  };
  const is_quantity = u => u.startsWith("qty.") || (quantities.has(u) && currency_name(u) === u);
  const unit = text => text === "records" ? say("records") : text === "agreements" ? say("agreements_unit") : is_quantity(text) ? quantity(text.replace(/^qty\./, "")) : text;
  /* Behind a shortened amount: 14.4 billion CNY, 144亿元. */
  const behind = u => language() === "en" ? ` ${unit(u)}` : u === "CNY" ? "元" : is_quantity(u) ? unit(u) : /^[A-Z]{3}$/.test(u) && u !== "MOU" ? currency_name(u) : ` ${unit(u)}`;
  const unit_name = u => !u ? say("number_of") : /^[A-Z]{3}$/.test(u) ? `${u} ${currency_name(u)}` : unit(u);

  /* export.CNY -> what it is, and in what. */
  const split = measure => {
    const parts = measure.split("."), size = parts[0] === "deals" ? 2 : 1;
    return [parts.slice(0, size).join("."), parts.slice(size).join(".")];
  };
  const measure = name => {
    const [head, tail] = split(name);
    if (head === "agreements") return tail === "" ? say("agreements") : KINDS[tail] ? KINDS[tail][at] : `${say("agreements")}, ${tail}`;
    return `${say(head)}, ${tail === "events" ? say("events") : unit(tail)}`;
  };
  const window_name = w => w === "all" ? say("window_all") : w === "1d" ? say("window_day") :
    /^\d+d$/.test(w) ? say("window_days", { n: w.slice(0, -1) }) : /^\d{4}$/.test(w) ? say("window_year", { n: w }) : w;

  /* Days are China's, and come as texts; times are shown on the reader's clock. */
  const day = text => text ? new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeZone: "UTC" }).format(new Date(text + "T00:00:00Z")) : "?";
  const time = text => {
    const when = new Date(text), is_today = when.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(locale(), is_today ? { timeStyle: "medium" } : { dateStyle: "medium", timeStyle: "short" }).format(when);
  };
  /* With its zone: for who passes it on. */
  const moment = text => {
    const when = new Date(text), is_today = when.toDateString() === new Date().toDateString();
    return new Intl.DateTimeFormat(locale(), is_today ? { timeStyle: "long" } : { dateStyle: "medium", timeStyle: "long" }).format(when);
  };
  const sentence = text => /[.!?。！？]$/.test(text) ? text : `${text}.`;
  const ago = ms => {
    const s = Math.round(ms / 1000);
    return s < 3 ? say("just_now") : s < 120 ? say("seconds_ago", { n: s }) : s < 7200 ? say("minutes_ago", { n: Math.round(s / 60) }) :
      s < 172800 ? say("hours_ago", { n: Math.round(s / 3600) }) : say("days_ago", { n: Math.round(s / 86400) });
  };
  /* A period as one would say it: a year, a month, months, or days. */
  const period = (from, to) => {
    const last = new Date(Date.UTC(+to.slice(0, 4), +to.slice(5, 7), 0)).getUTCDate(), whole = from.endsWith("-01") && +to.slice(8) === last;
    if (whole && from.slice(0, 4) === to.slice(0, 4) && from.slice(5, 7) === "01" && to.slice(5, 7) === "12") return say("window_year", { n: from.slice(0, 4) });
    if (whole && from.slice(0, 7) === to.slice(0, 7)) return from.slice(0, 7);
    return whole ? `${from.slice(0, 7)} – ${to.slice(0, 7)}` : from === to ? from : `${from} – ${to}`;
  };

  return {
    take_units: rows => { quantities = new Map(rows.map(row => [row.code, row])); },
    say, language, locale, set_language, measure, split, unit, unit_name, behind, window_name, day, time, moment, sentence, ago, period,
    has: name => name in TABLE,
    kind: name => pick(KINDS, name), reason: name => pick(REASONS, name), doubt: name => pick(DOUBTS, name),
  };
})();
