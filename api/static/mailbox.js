// Shows times in the reader's zone, brings new mail by itself, and deletes all of it on request.
const shown = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const times = (root) => root.querySelectorAll("time").forEach((time) => {
  time.title = time.textContent;
  time.textContent = shown.format(new Date(time.dateTime));
});
times(document);

const list = document.getElementById("mails");
const button = document.getElementById("empty");

async function look() {
  const answer = await fetch(location.href, { headers: { accept: "text/html" } }).catch(() => null);
  if (!answer?.ok) return;
  const next = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("mails");
  times(next);
  if (next.innerHTML === list.innerHTML) return;
  const held = document.activeElement?.getAttribute("href");
  list.innerHTML = next.innerHTML;
  button.hidden = next.dataset.count === "0";
  if (held) list.querySelector(`a[href="${CSS.escape(held)}"]`)?.focus();
}

if (list) setInterval(() => document.visibilityState === "visible" && look(), 2000);
button?.addEventListener("click", async () => {
  if (!confirm("Delete all kept mail?")) return;
  await fetch("/mailbox", { method: "DELETE" });
  await look();
});
