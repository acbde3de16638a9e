import { useEffect, useMemo, useState, type FormEvent } from "react";
import { Provider, useQuery } from "urql";
import { connect, signIn, signOut, type Refused } from "./client";
import { ContactView } from "./Contact";
import { LeadView } from "./Lead";
import { Leads } from "./Leads";
import { Loading, Problem } from "./parts";
import { VIEWER } from "./queries";

/** Every session has a client of its own, so nothing one person saw is left for the next. */
export function App() {
  const [session, setSession] = useState(0);
  const [live, setLive] = useState<boolean | null>(null);
  const client = useMemo(() => connect(setLive, () => setSession((n) => n + 1)), [session]);
  return (
    <Provider value={client} key={session}>
      <Gate live={live} onSession={() => setSession((n) => n + 1)} />
    </Provider>
  );
}

function Gate({ live, onSession }: { live: boolean | null; onSession: () => void }) {
  const [{ data, error }, again] = useQuery({ query: VIEWER });
  const path = usePath();
  if (error) return <main><Problem error={error} onRetry={() => again({ requestPolicy: "network-only" })} /></main>;
  if (!data) return <main><Loading what="Leadwell" /></main>;
  if (!data.viewer) return <SignIn onDone={onSession} />;
  const leave = async () => { await signOut(); onSession(); };
  return (
    <>
      <header className="bar">
        <a href="#/leads" className="brand">{data.viewer.workspace.name}</a>
        {live !== null && <span role="status" className={live ? "live on" : "live"}>{live ? "Live" : "Connecting…"}</span>}
        <span className="who">{data.viewer.name}</span>
        <button className="quiet" onClick={leave}>Sign out</button>
      </header>
      <main>{view(path)}</main>
    </>
  );
}

function view(path: string) {
  const [noun, id] = path.slice(2).split("/");
  if (noun === "leads" && id) return <LeadView key={id} id={id} />;
  if (noun === "contacts" && id) return <ContactView key={id} id={id} />;
  return <Leads />;
}

/** The part of the address behind #; a change of it brings the reader to the top of the new view. */
function usePath(): string {
  const [path, setPath] = useState(location.hash || "#/leads");
  useEffect(() => {
    const follow = () => { setPath(location.hash || "#/leads"); scrollTo(0, 0); };
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  return path;
}

function SignIn({ onDone }: { onDone: () => void }) {
  const [refused, setRefused] = useState<Refused | null>(null);
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const given = [...new FormData(event.currentTarget)].filter(([, value]) => value) as [string, string][];
    setBusy(true);
    const answer = await signIn(Object.fromEntries(given));
    setBusy(false);
    if (answer) setRefused(answer);
    else onDone();
  };
  useEffect(() => { document.title = "Sign in · Leadwell"; }, []);
  return (
    <main className="narrow">
      <h1>Sign in</h1>
      <form onSubmit={submit}>
        <label>E-mail <input name="email" type="email" autoComplete="username" required autoFocus /></label>
        <label>Password <input name="password" type="password" autoComplete="current-password" required /></label>
        {refused?.params?.workspaces && (
          <label>Workspace <select name="workspace">{refused.params.workspaces.map((slug) => <option key={slug}>{slug}</option>)}</select></label>
        )}
        <button disabled={busy}>{busy ? "Signing in…" : "Sign in"}</button>
        <p role="alert" className="bad">{refused && `${refused.message} ${refused.fix ?? ""}`}</p>
      </form>
    </main>
  );
}
