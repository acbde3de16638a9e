import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { Loading, Problem, When } from "./parts";
import { HISTORY, type Activity } from "./queries";

interface Of { noun: "lead" | "contact"; id: string; round: number }

/** Everything that happened to the person behind a lead or contact, newest first. `round` changes when something new is known. */
export function History(of: Of) {
  const [pages, setPages] = useState(1);
  return (
    <section aria-labelledby="history">
      <h2 id="history">History</h2>
      <ol className="history"><Part {...of} after={null} pages={pages} onMore={() => setPages((n) => n + 1)} /></ol>
    </section>
  );
}

function Part({ noun, id, round, after, pages, onMore }: Of & { after: string | null; pages: number; onMore: () => void }) {
  const [{ data, error }, again] = useQuery({ query: HISTORY[noun], variables: { id, after }, requestPolicy: "cache-and-network" });
  useEffect(() => { if (round > 0) again({ requestPolicy: "network-only" }); }, [round, again]);
  if (error) return <li><Problem error={error} onRetry={() => again({ requestPolicy: "network-only" })} /></li>;
  if (!data?.of) return <li><Loading what="history" /></li>;
  const { nodes, pageInfo } = data.of.activities;
  if (nodes.length === 0 && after === null) return <li className="muted">Nothing has happened yet.</li>;
  return (
    <>
      {nodes.map((activity) => <Entry key={activity.id} activity={activity} />)}
      {pageInfo.hasNextPage && pages > 1 && <Part noun={noun} id={id} round={round} after={pageInfo.endCursor} pages={pages - 1} onMore={onMore} />}
      {pageInfo.hasNextPage && pages === 1 && <li><button className="quiet" onClick={onMore}>Show older</button></li>}
    </>
  );
}

const KINDS: Record<string, string> = {
  CALL: "Call", EMAIL: "E-mail", MEETING: "Meeting", NOTE: "Note", TASK_DONE: "Task done", FORM: "Form", PAGE_VIEW: "Page view", OPEN: "Mail opened",
  CLICK: "Link clicked", REPLY: "Reply", BOUNCE: "Mail bounced", UNSUBSCRIBE: "Unsubscribed", COMPLAINT: "Complaint", PURCHASE: "Purchase", TICKET: "Ticket",
  SURVEY: "Survey", STATUS_CHANGE: "Status", STAGE_CHANGE: "Stage", CONVERSION: "Converted", IMPORT: "Imported", SYSTEM: "System",
};

function Entry({ activity }: { activity: Activity }) {
  return (
    <li data-kind={activity.kind}>
      <span className="kind">{KINDS[activity.kind] ?? activity.kind}</span>
      <span className="what">{activity.subject}{activity.outcome && ` (${activity.outcome})`}{activity.body && <small>{activity.body}</small>}</span>
      <span className="muted"><When at={activity.at} />{activity.user && `, ${activity.user.name}`}</span>
    </li>
  );
}
