import { useEffect, useRef, useState, type ReactNode } from "react";
import { useSubscription, type CombinedError } from "urql";
import { LEADS_CHANGED, type Lead, type LeadWhere, type UserError } from "./queries";

/** The heading of a view; it takes the focus, so that keyboard and screen reader start there. */
export function Title({ children, page }: { children: ReactNode; page: string }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => { heading.current?.focus({ preventScroll: true }); }, []);
  useEffect(() => { document.title = `${page} · Leadwell`; }, [page]);
  return <h1 ref={heading} tabIndex={-1}>{children}</h1>;
}

export function Loading({ what }: { what: string }) {
  return <p role="status" className="muted">Loading {what}…</p>;
}

/** What went wrong, in the server's words, and a way on. */
export function Problem({ error, onRetry }: { error: CombinedError; onRetry: () => void }) {
  const said = error.graphQLErrors[0];
  const fix = said?.extensions.fix as string | undefined;
  return (
    <div role="alert" className="problem">
      <p><strong>{said ? said.message : "The server does not answer."}</strong> {fix}</p>
      {said && <p className="muted">{String(said.extensions.code)}, request {String(said.extensions.requestId)}</p>}
      <button onClick={onRetry}>Try again</button>
    </div>
  );
}

export function Refusals({ errors }: { errors: UserError[] }) {
  if (errors.length === 0) return null;
  return (
    <div role="alert" className="problem">
      {errors.map((one) => <p key={one.code}><strong>{one.message}</strong> {one.fix}</p>)}
    </div>
  );
}

export function Facts({ of }: { of: Record<string, ReactNode> }) {
  const said = Object.entries(of).filter(([, value]) => value !== null && value !== undefined && value !== "");
  return <dl>{said.map(([name, value]) => <div key={name}><dt>{name}</dt><dd>{value}</dd></div>)}</dl>;
}

const moment = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

export function When({ at }: { at: string }) {
  return <time dateTime={at}>{moment.format(new Date(at))}</time>;
}

const STATES = { OPEN: "Open", CONVERTED: "Converted", JUNK: "Junk", MERGED: "Merged" };

export function State({ lead }: { lead: Lead }) {
  return <span className={`state ${lead.state.toLowerCase()}`}>{lead.state === "OPEN" ? lead.status.name : STATES[lead.state]}</span>;
}

export function Score({ of }: { of: { score: number | null; grade: string | null } }) {
  if (of.score === null) return <span className="muted">not yet</span>;
  return <><b>{of.score}</b> <span className="muted">{of.grade}</span></>;
}

/** The place in the events at which an answer is true; none while it is only what the cache remembers. */
export function placeOf({ data, stale }: { data?: { eventCursor: string }; stale: boolean }): string | null {
  return data && !stale ? data.eventCursor : null;
}

/** Hears of leads that change behind the place at which the view was first read, once there is one. By then what they are now is in the cache,
 *  and whatever shows them has changed too. */
export function useLive(where: LeadWhere | null, place: string | null, onChange: (kind: string, lead: Lead | null) => void) {
  const [after, begin] = useState(place);
  if (after === null && place !== null) begin(place);
  useSubscription({ query: LEADS_CHANGED, variables: { where, after }, pause: after === null }, (_, { leadsChanged }) => {
    onChange(leadsChanged.kind, leadsChanged.lead);
    return { leadsChanged };
  });
}

/** Shows its children, and for a moment that they have just changed. */
export function Fresh({ version, children }: { version: number; children: ReactNode }) {
  const first = useRef(version);
  return <span key={version} className={version === first.current ? "" : "fresh"}>{children}</span>;
}

/** A text that follows what is typed a little later. */
export function useCalm(text: string, ms = 250): string {
  const [calm, setCalm] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setCalm(text), ms);
    return () => clearTimeout(timer);
  }, [text, ms]);
  return calm;
}
