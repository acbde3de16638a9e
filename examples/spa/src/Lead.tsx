import { useEffect, useRef, useState, type FormEvent } from "react";
import { useMutation, useQuery } from "urql";
import { History } from "./History";
import { Facts, Fresh, Loading, Problem, Refusals, Score, State, Title, When, placeOf, useLive } from "./parts";
import { CONVERT, EXPLANATION, LEAD, type ConvertInput, type LeadDetail } from "./queries";

export function LeadView({ id }: { id: string }) {
  const [answer, again] = useQuery({ query: LEAD, variables: { id }, requestPolicy: "cache-and-network" });
  const [round, setRound] = useState(0);
  const refresh = () => { setRound((n) => n + 1); again({ requestPolicy: "network-only" }); };
  const { data, error } = answer;
  useLive({ id: { in: [id] } }, placeOf(answer), refresh);
  if (error) return <Problem error={error} onRetry={refresh} />;
  if (!data) return <Loading what="the lead" />;
  const lead = data.lead;
  if (!lead) return <><Title page="Not found">Not found</Title><p>There is no such lead, or you may not see it. <a href="#/leads">All leads</a></p></>;
  return (
    <>
      <nav aria-label="Way back"><a href="#/leads">Leads</a></nav>
      <Title page={lead.name ?? "Lead"}>{lead.name ?? lead.email} <Fresh version={lead.version}><State lead={lead} /></Fresh></Title>
      <Facts of={{
        "E-mail": lead.email, Phone: lead.phone, Title: lead.title, Company: lead.companyName, Country: lead.country, Need: lead.need,
        Interest: lead.interest, Source: lead.source?.name, Owner: lead.owner?.name, Came: <When at={lead.createdAt} />,
      }} />
      {lead.conversion ? <Converted of={lead.conversion} /> : lead.state === "OPEN" && <Convert lead={lead} onDone={refresh} />}
      <Explained lead={lead} />
      <History noun="lead" id={id} round={round} />
    </>
  );
}

function Converted({ of }: { of: NonNullable<LeadDetail["conversion"]> }) {
  return (
    <section aria-labelledby="converted" className="done">
      <h2 id="converted">Converted</h2>
      <p role="status">
        {of.contact && <>Contact <a href={`#/contacts/${of.contact.id}`}>{of.contact.name}</a></>}
        {of.company && <>, company <b>{of.company.name}</b></>}{of.deal && <>, deal <b>{of.deal.name}</b></>}.
      </p>
    </section>
  );
}

/** The same key goes with every try of one intended change: if an answer was lost, the next try gets the first one's. */
function Convert({ lead, onDone }: { lead: LeadDetail; onDone: () => void }) {
  const [{ data, error, fetching }, convert] = useMutation(CONVERT);
  const key = useRef(crypto.randomUUID());
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const said = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    const input: ConvertInput = {
      id: lead.id,
      company: said.company ? { name: said.company } : null,
      deal: { action: said.deal as ConvertInput["deal"]["action"], name: said.deal === "CREATE" && said.dealName ? said.dealName : null },
      onDuplicate: said.onDuplicate as ConvertInput["onDuplicate"],
      expectedVersion: lead.version,
      idempotencyKey: key.current,
    };
    const answer = await convert({ input });
    if (!answer.error?.networkError) key.current = crypto.randomUUID();
    if (answer.data) onDone();
  };
  return (
    <section aria-labelledby="convert">
      <h2 id="convert">Convert</h2>
      <form className="filters" onSubmit={submit}>
        <label>Company <input name="company" defaultValue={lead.companyName ?? ""} placeholder="none" /></label>
        <label>Deal <select name="deal" defaultValue="AUTO">
          <option value="AUTO">As usual</option><option value="CREATE">A new one</option><option value="NONE">None</option>
        </select></label>
        <label>Name of a new deal <input name="dealName" placeholder="as usual" /></label>
        <label>If a company looks alike <select name="onDuplicate" defaultValue="BLOCK">
          <option value="BLOCK">Stop and tell me</option><option value="LINK">Take it</option><option value="CREATE">Make another</option>
        </select></label>
        <button disabled={fetching}>{fetching ? "Converting…" : "Convert"}</button>
      </form>
      <Refusals errors={data?.convertLead.userErrors ?? []} />
      {error && <p role="alert" className="problem">{error.graphQLErrors[0]?.message ?? "The answer was lost. Try again: nothing is done twice."}</p>}
    </section>
  );
}

const points = new Intl.NumberFormat(undefined, { signDisplay: "exceptZero", maximumFractionDigits: 2 });

/** Every contribution to the score; together they are the score, to the point. */
function Explained({ lead }: { lead: LeadDetail }) {
  const [{ data, error }, again] = useQuery({ query: EXPLANATION, variables: { id: lead.id }, pause: lead.score === null });
  const first = useRef(lead.score);
  useEffect(() => { if (lead.score !== first.current) again({ requestPolicy: "network-only" }); }, [lead.score, again]);
  const found = data?.scoreExplanation;
  return (
    <section aria-labelledby="score">
      <h2 id="score">Score <Score of={lead} /></h2>
      {error && <Problem error={error} onRetry={again} />}
      {found && (
        <table className="small">
          <caption className="muted">Fit {found.fit} and engagement {found.engagement} make {found.score}</caption>
          <tbody>{found.contributions.map((one, index) => (
            <tr key={index}><th scope="row">{one.label}</th><td>{one.at && <When at={one.at} />}</td><td className="number">{points.format(Number(one.counted))}</td></tr>
          ))}</tbody>
        </table>
      )}
    </section>
  );
}
