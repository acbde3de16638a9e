// An integration in six steps: npm start, with GRAPHQL, WS and API_KEY.
import { randomUUID } from "node:crypto";
import { change, query, Refused } from "./asking.js";
import { connect, openSocket } from "./client.js";
import { ConvertLead, CreateLead, Owner, Place, Register, Unregister } from "./documents.js";
import { leads } from "./leads.js";
import { follow } from "./live.js";
import { DOCUMENT, Receiver, type Delivery } from "./webhooks.js";

const { GRAPHQL = "http://127.0.0.1:8000/graphql", WS = GRAPHQL.replace(/^http/, "ws"), API_KEY } = process.env;
if (!API_KEY) throw new Error("API_KEY is not set. `leadwell keys create` makes one.");

/** A connection that breaks after the server has done what the first request asked for. */
let lost = 0;
const breaking: typeof fetch = async (to, options) => {
  const answer = await fetch(to, options);
  if (lost++ === 0) throw new TypeError("the connection broke");
  return answer;
};

const number = randomUUID().slice(0, 8); // what we call this order; makes a good idempotency key
const company = `Navy Yard ${number}`;
const where = { companyName: { eq: company } };
const input = { name: "Grace Hopper", email: `grace@navy-${number}.example`, companyName: company, externalSystem: "shop", externalId: number };
const client = connect(GRAPHQL, API_KEY);
const { eventCursor } = await query(client, Place, {});

const made = await change(connect(GRAPHQL, API_KEY, breaking), CreateLead, { ...input, idempotencyKey: `order-${number}` });
must(lost === 2 && made.replayed && made.lead, "the second try got the first answer");
console.log(`1. Lead ${made.lead.id}, asked for twice, made once`);

try {
  await change(client, CreateLead, { name: "Nobody", email: "no address", idempotencyKey: `wrong-${number}` });
  must(false, "a wrong address is refused");
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  must(error.errors[0]?.field?.join() === "email", "the refusal names the field");
  console.log(`2. Refused: ${error.message}`);
}

for (const name of ["Joan Clarke", "Ada Lovelace"]) {
  await change(client, CreateLead, { ...input, name, email: `${name.slice(0, 3)}@navy-${number}.example`, externalId: null, idempotencyKey: `${name}-${number}` });
}
const names: string[] = [];
for await (const lead of leads(client, where)) names.push(lead.name ?? "");
must(names.join() === "Grace Hopper,Joan Clarke,Ada Lovelace", `every lead once over two pages, not ${names.join()}`);
console.log(`3. ${names.length} leads of ${company}, page by page`);

let deliver: (delivery: Delivery) => void = () => {};
const delivered = new Promise<Delivery>((resolve) => { deliver = resolve; });
const receiver = await Receiver.open(deliver);
const hook = await change(client, Register, { name: "Example", url: receiver.url, eventKinds: ["lead.converted"], where, document: DOCUMENT });
must(hook.secret && hook.webhookEndpoint, "a new endpoint tells its secret");
receiver.secret = hook.secret;

const { users } = await query(client, Owner, {});
const won = await change(client, ConvertLead, {
  id: made.lead.id,
  ownerId: users.nodes[0]?.id ?? null, // a key is nobody, and somebody has to own what comes of it
  onDuplicate: "CREATE", // for us, whoever has another address is somebody else; without it, a namesake is for a person to look at
  idempotencyKey: `won-${number}`,
});
must(won.lead?.state === "CONVERTED" && won.company?.name === company && won.deal, "lead, company and deal");
console.log(`4. Converted: ${won.company.name}, deal ${won.deal.name}`);

const { type, data } = await delivered;
must(type === "lead.converted" && data.leadsChanged.lead?.id === made.lead.id, "the webhook tells of our lead");
console.log(`5. Webhook ${type} of ${data.leadsChanged.lead.name}, signature verified`);
receiver.close();
await change(client, Unregister, { id: hook.webhookEndpoint.id });

const heard: string[] = [];
const socket = openSocket(WS, API_KEY);
for await (const event of follow(socket, where, eventCursor)) {
  must(!heard.includes(event.cursor), "no event twice");
  heard.push(event.cursor);
  if (heard.length === 1) socket.terminate(); // the connection breaks; `follow` goes on behind the cursor
  if (event.kind === "lead.converted") break;
}
await socket.dispose();
console.log(`6. ${heard.length} events, with a broken connection in between`);
console.log("All of it works.");

function must(found: unknown, what: string): asserts found {
  if (!found) throw new Error(`Not so: ${what}`);
}
