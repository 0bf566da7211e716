"use strict";
/* Asks the gateway, and shows what it says.  Every text goes in as text, never as HTML. */
const $ = id => document.getElementById(id);

const EXAMPLE = {
  type: "trade", basis: "STATISTIC", province: "CN-LN", partner: "RU", flow: "IMPORT", value: "40500000000", currency: "CNY",
  period_start: "2023-01-01", period_end: "2023-12-31", source: { name: "customs" },
};

const element = (name, text, kind) => {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
};

const parts = record => {
  const table = element("table"), head = element("tr");
  for (const name of ["province", "partner", "measure", "amount", "from", "to", "detail"]) head.append(element("th", name));
  table.append(head);
  for (const part of record.counts_as) {
    const row = element("tr");
    for (const name of ["province", "partner", "measure", "amount", "from", "to", "detail"])
      row.append(element("td", part[name] ?? "", name === "amount" ? "number" : ""));
    table.append(row);
  }
  return table;
};

const fault = f => element("p", `${f.code}${f.field ? ` (${f.field})` : ""}: ${f.message}`);

const show = record => {
  const item = element("li", undefined, record.status), line = `line ${record.line}: ${record.status}`;
  item.append(element("strong", line));
  if (record.id) {
    const id = element("p", record.derived ? "id, derived from what it states: " : "id: ");
    id.append(element("code", record.id));
    item.append(id);
  }
  if (record.code) [record, ...(record.also ?? [])].forEach(f => item.append(fault(f)));
  else if (record.message) item.append(element("p", record.message));
  if (record.key) {
    const key = element("p", "key: ");
    key.append(element("code", record.key));
    item.append(key);
  }
  if (record.counts_as) item.append(record.counts_as.length ? parts(record) : element("p", "It adds nothing."));
  if (record.offset !== undefined) item.append(element("p", `${record.topic}, partition ${record.partition}, offset ${record.offset}`));
  return item;
};

const ask = async path => {
  const headers = { "Content-Type": "application/json" };
  if ($("token").value) headers.Authorization = `Bearer ${$("token").value}`;
  $("status").textContent = "…";
  $("results").replaceChildren();
  try {
    const response = await fetch(path, { method: "POST", headers, body: $("records").value });
    const answer = await response.json();
    $("status").textContent = answer.detail ?? `good ${answer.good}, accepted ${answer.accepted}, refused ${answer.refused}, unknown ${answer.unknown}`;
    $("results").replaceChildren(...(answer.records ?? []).slice(0, 200).map(show));
  } catch (error) {
    $("status").textContent = `no answer: ${error.message}`;
  }
};

$("records").value = JSON.stringify(EXAMPLE, null, 2);
$("form").addEventListener("submit", event => { event.preventDefault(); ask("/v1/check"); });
$("send").addEventListener("click", () => ask("/v1/records"));
