const form = document.getElementById("sign-in");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const say = form.querySelector("[role=alert]");
  const given = Object.fromEntries(new FormData(form));
  if (!given.workspace) delete given.workspace;
  say.textContent = "";
  const answer = await fetch("/auth/sign-in", {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(given),
  });
  if (answer.ok) return location.assign(form.dataset.next || "/");
  const { error } = await answer.json();
  say.textContent = [error.message, error.fix].filter(Boolean).join(" ");
  if (error.code === "CHOOSE_WORKSPACE") {
    const select = form.elements.workspace;
    select.replaceChildren(...error.params.workspaces.map((slug) => new Option(slug, slug)));
    select.closest("label").hidden = false;
  }
});
