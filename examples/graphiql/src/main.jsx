import "./workers.js";
import { createGraphiQLFetcher } from "@graphiql/toolkit";
import { GraphiQL } from "graphiql";
import "graphiql/style.css";
import { parse } from "graphql";
import { createClient } from "graphql-ws";
import { useEffect, useMemo, useState } from "react";
import { createRoot } from "react-dom/client";
import "./page.css";

const KEPT = "leadwell.api-key";
// GraphiQL loads these by itself, but has buttons before it has an editor, and they do nothing.
const EDITOR = Promise.all([import("monaco-graphql/esm/monaco-editor.js"), import("monaco-graphql/esm/lite.js")]);
const WHO = "{ viewer { kind name role workspace { name } } }";

// Every request is ours to the same origin: a key if one is entered, else the session's cookie.
const headersFor = (key) => (key ? { authorization: `Bearer ${key}` } : {});

// GraphiQL notes a moment late which operation stands in its editor. Somebody who is faster would send a document with the name of the operation of another tab.
function asWritten({ query, variables, operationName }) {
  let document;
  try {
    document = parse(query);
  } catch {
    return [{ query, variables }, {}];    // the server says what is wrong with it
  }
  const names = document.definitions.filter((one) => one.kind === "OperationDefinition").map((one) => one.name?.value);
  const name = names.includes(operationName) ? operationName : names.length === 1 ? names[0] : undefined;
  return [{ query, variables, operationName: name }, { documentAST: document }];
}

function clientFor(key) {
  const ws = createClient({ url: `${location.origin.replace("http", "ws")}/graphql`, connectionParams: headersFor(key), retryAttempts: 5 });
  // Reading in parts is ended by a change of tabs, and the answer is lost; so it is for those who ask for parts.
  const [whole, parts] = [false, true].map((enableIncrementalDelivery) =>
    createGraphiQLFetcher({ url: "/graphql", headers: headersFor(key), wsClient: ws, enableIncrementalDelivery }));
  return {
    fetcher(params, options) {
      const [written, facts] = asWritten(params);
      return (written.query.includes("@defer") ? parts : whole)(written, { ...options, ...facts });
    },
    dispose: () => ws.dispose(),
  };
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
  const say = seen.problem ?? (seen.viewer ? `${seen.viewer.name} · ${seen.viewer.kind === "KEY" ? "API key" : seen.viewer.role} · ${seen.viewer.workspace.name}` : "Not signed in: give an API key, or sign in");
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
  const [loaded, setLoaded] = useState(false);
  const client = useMemo(() => clientFor(key), [key]);
  useEffect(() => client.dispose, [client]);
  const setKey = (next) => {
    next ? sessionStorage.setItem(KEPT, next) : sessionStorage.removeItem(KEPT);
    setStored(next);
  };
  useEffect(() => {
    let asked = true;    // an answer about the key before comes too late
    const say = (found) => { if (asked) setSeen(found); };
    who(key).then(say, () => say({ problem: "The server does not answer" }));
    return () => { asked = false; };
  }, [key]);
  useEffect(() => { EDITOR.then(() => setLoaded(true)); }, []);
  return (
    <>
      <Bar apiKey={key} setKey={setKey} seen={seen} />
      {loaded ? <GraphiQL fetcher={client.fetcher} defaultTabs={examples} defaultEditorToolsVisibility="variables" shouldPersistHeaders={false} isHeadersEditorEnabled>
        <GraphiQL.Logo><span /></GraphiQL.Logo>
      </GraphiQL> : <main>Loading the editor…</main>}
    </>
  );
}

const examples = await (await fetch("/static/graphiql/examples.json")).json();
const root = createRoot(document.getElementById("page"));
root.render(<Page examples={examples.map(({ query, variables }) => ({ query, variables: variables && JSON.stringify(variables, null, 2) }))} />);
