import { useEffect, useState } from "react";
import { useQuery } from "urql";
import { Fresh, Loading, Problem, Score, State, Title, When, placeOf, useCalm, useLive } from "./parts";
import { LEADS, type Lead, type LeadOrder, type LeadWhere } from "./queries";

const SORTS: Record<string, LeadOrder[]> = {
  "Newest first": [{ createdAt: "DESC" }],
  "Highest score first": [{ score: "DESC" }, { createdAt: "DESC" }],
  "Name": [{ name: "ASC" }],
};
const STATES = { OPEN: "Open", CONVERTED: "Converted", JUNK: "Junk", "": "Any" };

/** The same filter as in segments, exports and webhooks. */
function filter(text: string, state: string): LeadWhere {
  const said = text.trim();
  return {
    ...(state && { state: { in: [state] } }),
    ...(said && { OR: ["name", "email", "companyName"].map((field) => ({ [field]: { contains: said } })) }),
  };
}

export function Leads() {
  const [text, setText] = useState("");
  const [state, setState] = useState("");
  const [sort, setSort] = useState("Newest first");
  const [arrived, setArrived] = useState(0);
  const [round, setRound] = useState(0);
  const [said, setSaid] = useState("");
  const [place, setPlace] = useState<string | null>(null);
  const calm = useCalm(text);
  useLive(null, place, (kind, lead) => {
    if (kind === "lead.created") setArrived((n) => n + 1);
    else if (lead) setSaid(`${lead.name ?? lead.email ?? "A lead"} changed`);
  });
  const show = () => { setArrived(0); setRound((n) => n + 1); };
  return (
    <>
      <Title page="Leads">Leads</Title>
      <form role="search" className="filters" onSubmit={(event) => event.preventDefault()}>
        <label>Search <input type="search" value={text} placeholder="Name, e-mail or company" onChange={(event) => setText(event.target.value)} /></label>
        <label>State <select value={state} onChange={(event) => setState(event.target.value)}>
          {Object.entries(STATES).map(([value, name]) => <option key={value} value={value}>{name}</option>)}
        </select></label>
        <label>Order <select value={sort} onChange={(event) => setSort(event.target.value)}>
          {Object.keys(SORTS).map((name) => <option key={name}>{name}</option>)}
        </select></label>
      </form>
      {arrived > 0 && <p role="status"><button className="quiet" onClick={show}>Show {arrived} new {arrived === 1 ? "lead" : "leads"}</button></p>}
      <p role="status" className="hidden">{said}</p>
      <Table key={`${calm}|${state}|${sort}`} where={filter(calm, state)} orderBy={SORTS[sort] ?? []} round={round} onRead={setPlace} />
    </>
  );
}

type Listing = { where: LeadWhere; orderBy: LeadOrder[]; round: number; onRead: (place: string) => void };

function Table(listing: Listing) {
  const [pages, setPages] = useState(1);
  return (
    <div className="wide">
      <table className="leads">
        <caption className="hidden">Leads</caption>
        <thead>
          <tr>{["Name", "Company", "Status", "Score", "Owner", "Came"].map((name) => <th key={name} scope="col">{name}</th>)}</tr>
        </thead>
        <tbody><Rows {...listing} after={null} pages={pages} onMore={() => setPages((n) => n + 1)} /></tbody>
      </table>
    </div>
  );
}

/** One page, followed by the next: each starts behind the last row that the one before it shows now, so none is skipped or shown twice. */
function Rows({ after, pages, onMore, ...listing }: Listing & { after: string | null; pages: number; onMore: () => void }) {
  const { where, orderBy, round, onRead } = listing;
  const [answer, again] = useQuery({ query: LEADS, variables: { where, orderBy, after }, requestPolicy: "cache-and-network" });
  const { data, error, fetching } = answer;
  const place = placeOf(answer);
  useEffect(() => { if (place !== null && after === null) onRead(place); }, [place, after, onRead]);
  useEffect(() => { if (round > 0) again({ requestPolicy: "network-only" }); }, [round, again]);
  if (error) return <Wide><Problem error={error} onRetry={() => again({ requestPolicy: "network-only" })} /></Wide>;
  if (!data) return <Wide><Loading what="leads" /></Wide>;
  const { nodes, pageInfo, totalCount, totalCountIsCapped } = data.leads;
  if (nodes.length === 0 && after === null) return <Wide><Empty filtered={Object.keys(where).length > 0} /></Wide>;
  return (
    <>
      {nodes.map((lead) => <Row key={lead.id} lead={lead} />)}
      {pageInfo.hasNextPage && pages > 1 && (
        <Rows {...listing} after={pageInfo.endCursor} pages={pages - 1} onMore={onMore} />
      )}
      {pageInfo.hasNextPage && pages === 1 && (
        <Wide><button className="quiet" disabled={fetching} onClick={onMore}>Show more</button></Wide>
      )}
      {after === null && <Wide><span className="muted" role="status">{totalCount.toLocaleString()}{totalCountIsCapped && "+"} {totalCount === 1 ? "lead" : "leads"}</span></Wide>}
    </>
  );
}

function Row({ lead }: { lead: Lead }) {
  return (
    <tr>
      <th scope="row"><a href={`#/leads/${lead.id}`}>{lead.name ?? lead.email ?? "Without a name"}</a><small>{lead.email}</small></th>
      <td>{lead.companyName}<small>{lead.title}</small></td>
      <td><Fresh version={lead.version}><State lead={lead} /></Fresh></td>
      <td className="number"><Fresh version={lead.score ?? -1}><Score of={lead} /></Fresh></td>
      <td>{lead.owner?.name ?? <span className="muted">nobody</span>}</td>
      <td><When at={lead.createdAt} /></td>
    </tr>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  if (filtered) return <p>No lead matches. Try fewer letters or another state.</p>;
  return <p>No leads yet. Import a file with <code>leadwell import leads FILE.csv</code>, post one with an API key, and it shows here at once.</p>;
}

function Wide({ children }: { children: React.ReactNode }) {
  return <tr className="plain"><td colSpan={6}>{children}</td></tr>;
}
