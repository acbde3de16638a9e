import "./workers.js";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { createClient } from "graphql-ws";
import { useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import "./page.css";

const KEPT = "leadwell.api-key";
const WHO = "{ viewer { kind name role workspace { name } } }";

// Every request is ours to the same origin: a key if one is entered, else the session's cookie.
const headersFor = (key) => (key ? { authorization: `Bearer ${key}` } : {});

function fetcherFor(key) {
  const ws = createClient({ url: `${location.origin.replace("http", "ws")}/graphql`, connectionParams: headersFor(key), retryAttempts: 5 });
  return createGraphiQLFetcher({ url: "/graphql", headers: headersFor(key), wsClient: ws });
}

async function who(key) {
  const answer = await fetch("/graphql", {
    method: "POST", headers: { "content-type": "application/json", ...headersFor(key) }, body: JSON.stringify({ query: WHO }),
  });
  const { data, errors } = await answer.json();
  return data ? { viewer: data.viewer } : { problem: errors[0].message };
}

function Bar({ apiKey, setKey, seen }) {
  const [text, setText] = useState(apiKey);
  const say = seen.problem ?? (seen.viewer ? `${seen.viewer.name} · ${seen.viewer.kind === "KEY" ? "API key" : seen.viewer.role} · ${seen.viewer.workspace.name}` : "Not signed in");
  const out = async () => {
    await fetch("/auth/sign-out", { method: "POST", headers: { "x-leadwell-csrf": "1" } });
    location.reload();
  };
  return (
    <header>
      <strong><img src="/static/icon.svg" alt="" width="20" height="20" /> Leadwell</strong>
      <span role="status" className={seen.problem ? "problem" : ""}>{say}</span>
      <form onSubmit={(event) => { event.preventDefault(); setKey(text.trim()); }}>
        <input type="password" aria-label="API key" placeholder="API key" autoComplete="off" spellCheck="false" value={text} onChange={(event) => setText(event.target.value)} />
        <button>Use key</button>
      </form>
      {seen.viewer?.kind === "USER" ? <button onClick={out}>Sign out</button> : <a href="/sign-in">Sign in</a>}
      <a href="/docs/reference/errors">Errors</a>
    </header>
  );
}

function Page({ examples }) {
  const [key, setStored] = useState(sessionStorage.getItem(KEPT) ?? "");
  const [seen, setSeen] = useState({});
  const fetcher = useMemo(() => fetcherFor(key), [key]);
  const setKey = (next) => {
    next ? sessionStorage.setItem(KEPT, next) : sessionStorage.removeItem(KEPT);
    setStored(next);
  };
  useEffect(() => { who(key).then(setSeen, () => setSeen({ problem: "The server does not answer" })); }, [key]);
  return (
    <>
      <Bar apiKey={key} setKey={setKey} seen={seen} />
      <GraphiQL key={key} fetcher={fetcher} defaultTabs={examples} shouldPersistHeaders={false} isHeadersEditorEnabled>
        <GraphiQL.Logo><span /></GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}

const examples = await (await fetch("/static/graphiql/examples.json")).json();
const root = createRoot(document.getElementById("page"));
root.render(<Page examples={examples.map(({ query, variables }) => ({ query, variables: variables && JSON.stringify(variables, null, 2) }))} />);
