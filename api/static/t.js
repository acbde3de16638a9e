// Page views for Leadwell. Sets and sends nothing until the page says leadwell.consent(true); leadwell.consent(false) forgets.
(() => {
  const script = document.currentScript;
  const home = new URL(script.src).origin;
  const key = script.dataset.form;
  const NAME = "leadwell_visitor";
  let sent = false;

  function visitor() {
    let id = localStorage.getItem(NAME);
    if (!id) {
      const b = crypto.getRandomValues(new Uint8Array(16));
      b[6] = (b[6] & 15) | 64; b[8] = (b[8] & 63) | 128;
      const hex = [...b].map((x) => x.toString(16).padStart(2, "0")).join("");
      id = `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
      localStorage.setItem(NAME, id);
    }
    return id;
  }

  function sign(form) {
    if (!form.action.startsWith(`${home}/f/`) || form.elements._visitor) return;
    form.append(Object.assign(document.createElement("input"), { type: "hidden", name: "_visitor", value: visitor() }));
  }

  function view() {
    if (sent) return;
    sent = true;
    const asked = Object.fromEntries(new URLSearchParams(location.search));
    const page = location.origin + location.pathname;
    const told = { form: key, consent: true, visitor: visitor(), page, title: document.title, referrer: document.referrer, touch: asked, lw_m: asked.lw_m };
    fetch(`${home}/t`, { method: "POST", keepalive: true, credentials: "omit", headers: { "content-type": "text/plain" }, body: JSON.stringify(told) }).catch(() => {});
  }

  function consent(given) {
    if (!given) {
      localStorage.removeItem(NAME);
      document.querySelectorAll("form input[name=_visitor]").forEach((input) => input.remove());
      return;
    }
    view();
    for (const form of document.forms) sign(form);
    document.addEventListener("submit", (event) => { if (localStorage.getItem(NAME)) sign(event.target); }, true);
  }

  window.leadwell = { consent };
  document.dispatchEvent(new Event("leadwell"));
})();
