import { useState } from "react";
import { useQuery } from "urql";
import { History } from "./History";
import { Facts, Loading, Problem, Score, Title, When, placeOf, useLive } from "./parts";
import { CONTACT } from "./queries";

export function ContactView({ id }: { id: string }) {
  const [answer, again] = useQuery({ query: CONTACT, variables: { id }, requestPolicy: "cache-and-network" });
  const [round, setRound] = useState(0);
  const { data, error } = answer;
  const contact = data?.contact;
  useLive({ id: { in: contact?.lead ? [contact.lead.id] : [] } }, contact?.lead ? placeOf(answer) : null, () => {
    setRound((n) => n + 1);
    again({ requestPolicy: "network-only" });
  });
  if (error) return <Problem error={error} onRetry={() => again({ requestPolicy: "network-only" })} />;
  if (!data) return <Loading what="the contact" />;
  if (!contact) return <><Title page="Not found">Not found</Title><p>There is no such contact, or you may not see it. <a href="#/leads">All leads</a></p></>;
  return (
    <>
      <nav aria-label="Way back"><a href={contact.lead ? `#/leads/${contact.lead.id}` : "#/leads"}>{contact.lead ? "The lead it was" : "Leads"}</a></nav>
      <Title page={contact.name ?? "Contact"}>{contact.name ?? contact.email} <span className="state converted">Contact</span></Title>
      <Facts of={{
        "E-mail": contact.email, Phone: contact.phone, Title: contact.title, Company: contact.company?.name, Country: contact.country,
        Score: contact.score !== null && <Score of={contact} />, Owner: contact.owner?.name, "Contact since": <When at={contact.createdAt} />,
      }} />
      <section aria-labelledby="deals">
        <h2 id="deals">Deals</h2>
        {contact.deals.nodes.length === 0 && <p className="muted">No deal yet.</p>}
        <ul className="plain">{contact.deals.nodes.map(({ id, deal }) => (
          <li key={id}><b>{deal.name}</b> <span className="state">{deal.state.toLowerCase()}</span> {deal.amount && `${deal.amount.amount} ${deal.amount.currency}`}</li>
        ))}</ul>
      </section>
      <History noun="contact" id={id} round={round} />
    </>
  );
}
