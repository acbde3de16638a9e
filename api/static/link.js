// Submits the form once a person sees the page; a browser that only looks ahead never does.
const go = () => {
  if (document.prerendering || document.visibilityState !== "visible") return;
  document.removeEventListener("visibilitychange", go);
  document.forms[0].submit();
};
document.addEventListener("visibilitychange", go);
document.addEventListener("prerenderingchange", go);
go();
