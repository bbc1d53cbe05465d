"use strict";
// The state is the address: #model=…&outcome=…&text=…&start=…&problem=…&trace=… so that every view has a link.
const FACETS = ["model", "outcome", "decision", "domain", "difficulty"];
const byId = (id) => document.getElementById(id);
const state = () => new URLSearchParams(location.hash.slice(1));
let asked = 0;
let opened = "";

function go(changes) {
  const next = state();
  for (const [name, value] of Object.entries(changes)) value === "" ? next.delete(name) : next.set(name, value);
  location.hash = next.toString();
}

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) name === "onclick" ? made.addEventListener("click", value) : made.setAttribute(name, value);
  made.append(...children);
  return made;
}

async function show() {
  const now = state(), mine = ++asked, query = new URLSearchParams();
  for (const name of [...FACETS, "text", "start"]) if (now.get(name)) query.set(name, now.get(name));
  const began = performance.now();
  const answer = await fetch("/api/traces?" + query);
  if (!answer.ok) { byId("count").textContent = await answer.text(); return; }
  const found = await answer.json();
  if (mine !== asked) return;
  document.title = byId("title").textContent = found.title;
  if (document.activeElement !== byId("text")) byId("text").value = now.get("text") || "";
  facets(found.facets, now);
  list(found, now);
  document.body.dataset.milliseconds = (performance.now() - began).toFixed(1);
  await problem(now);
}

function facets(found, now) {
  byId("facets").replaceChildren(...FACETS.map((name) => element("div", {}, element("h3", {}, name), ...found[name].map((one) => {
    const chosen = now.get(name) === String(one.value);
    return element("button", {"aria-pressed": String(chosen), onclick: () => go({[name]: chosen ? "" : String(one.value), start: ""})},
      element("span", {}, one.value || "(none)"), element("span", {}, one.n.toLocaleString()));
  }))));
}

function list(found, now) {
  const start = Number(now.get("start") || 0);
  byId("count").textContent = found.total ? `${(start + 1).toLocaleString()}–${(start + found.rows.length).toLocaleString()} of ${found.total.toLocaleString()} traces` : "No trace fits.";
  byId("list").replaceChildren(...found.rows.map((row) => {
    const to = state();
    to.set("problem", row.problem_id);
    to.set("trace", row.id);
    const link = element("a", {href: "#" + to, "aria-current": String(now.get("trace") === row.id)},
      element("div", {}, row.question || row.problem_id),
      element("div", {class: "about"}, element("span", {class: row.outcome}, row.outcome), ` · ${row.model} · sample ${row.index} · ${row.output_tokens} tokens · ${row.decision}`));
    return element("li", {}, link);
  }));
  byId("previous").disabled = start === 0;
  byId("next").disabled = start + found.rows.length >= found.total;
  byId("previous").onclick = () => go({start: start > 100 ? String(start - 100) : ""});
  byId("next").onclick = () => go({start: String(start + 100)});
}

async function problem(now) {
  const id = now.get("problem"), chosen = now.get("trace");
  if (!id) return;
  if (opened !== id) {
    const answer = await fetch("/api/problem/" + encodeURIComponent(id));
    const traces = answer.ok ? await answer.json() : [];
    opened = id;
    byId("problem").replaceChildren(...(traces.length ? whole(traces) : [element("p", {}, "No trace of this problem.")]));
  }
  for (const one of byId("problem").querySelectorAll("article")) one.classList.toggle("chosen", one.id === chosen);
  const here = chosen && document.getElementById(chosen);
  if (here) here.scrollIntoView({block: "nearest"});
}

function whole(traces) {
  const {question, answer, domain, problem_id} = traces[0];
  return [
    element("h2", {}, question || problem_id),
    element("p", {class: "dim"}, `gold ${answer ?? "none"} · ${domain || "no domain"} · ${problem_id}`),
    element("div", {class: "traces"}, ...traces.map(article)),
  ];
}

function article(trace) {
  const made = element("article", {id: trace.id},
    element("div", {}, element("strong", {class: trace.outcome}, trace.outcome), ` ${trace.model}, sample ${trace.index}`),
    element("p", {class: "dim"}, `answer read: ${trace.extracted || "none"} · ${trace.finish_reason} · ${trace.output_tokens} tokens · ${trace.method} · ${trace.decision}`));
  if (trace.reasoning) made.append(element("details", {}, element("summary", {}, `Reasoning, ${trace.reasoning_tokens} tokens`), element("pre", {}, folded(trace.reasoning))));
  made.append(element("pre", {}, ...highlighted(folded(trace.response), [trace.extracted, trace.answer])));
  for (const one of trace.verdicts) made.append(element("p", {class: "dim"}, `${one.reading}: ${one.outcome} by ${one.verifier} ${one.version}${one.reason ? ", " + one.reason : ""}`));
  return made;
}

// Lines that repeat one another directly are a loop: shown once, with how often.
function folded(text) {
  const lines = text.split("\n"), out = [];
  for (let i = 0; i < lines.length;) {
    let n = 1;
    while (lines[i].trim() && lines[i + n] === lines[i]) n++;
    out.push(lines[i]);
    if (n > 2) out.push(`⟲ the line above ${n} times in all`); else if (n === 2) out.push(lines[i]);
    i += n;
  }
  return out.join("\n");
}

function highlighted(text, words) {
  const wanted = [...new Set(words.filter((word) => word))].map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  if (!wanted.length) return [text];
  return text.split(new RegExp(`(${wanted.join("|")})`)).map((part, n) => n % 2 ? element("mark", {}, part) : part);
}

function step(by) {
  const links = [...byId("list").querySelectorAll("a")];
  const at = links.findIndex((link) => link.getAttribute("aria-current") === "true");
  const next = links[Math.max(0, Math.min(links.length - 1, at < 0 ? 0 : at + by))];
  if (next) { location.hash = next.getAttribute("href"); next.scrollIntoView({block: "nearest"}); }
}

let typing;
byId("text").addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => go({text: byId("text").value, start: ""}), 120); });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") { byId("text").blur(); byId("text").value = ""; location.hash = ""; return; }
  if (event.target === byId("text")) return;
  if (event.key === "/") { event.preventDefault(); byId("text").focus(); }
  if (event.key === "j") step(1);
  if (event.key === "k") step(-1);
});
addEventListener("hashchange", show);
show();
