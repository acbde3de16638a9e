import { print } from "graphql";
import type { Client as Socket } from "graphql-ws";
import { LeadsChanged } from "./documents.js";
import type { LeadsChangedSubscription } from "./generated/graphql.js";
import type { LeadWhere } from "./leads.js";

export type LeadChange = LeadsChangedSubscription["leadsChanged"];

/** Why a subscription ended for good: the place behind the cursor is gone, so the page has to be read again, or somebody may not listen. */
export class Ended extends Error {}

/**
 * What happens to leads from a place on, each event once. However often the connection breaks, it goes on behind the last cursor;
 * keep the cursor of the last event you have worked on, and give it here after your own program was restarted.
 */
export async function* follow(socket: Socket, where: LeadWhere, after: string): AsyncGenerator<LeadChange> {
  for (let pause = 100; ; pause = Math.min(2 * pause, 10_000)) {
    try {
      const events = socket.iterate<LeadsChangedSubscription>({ query: print(LeadsChanged), variables: { where, after } });
      for await (const { data, errors } of events) {
        if (errors) throw new Ended(errors.map((one) => `${String(one.extensions?.["code"])}: ${one.message}`).join("; "));
        if (!data) continue;
        yield data.leadsChanged;
        after = data.leadsChanged.cursor; // the caller is done with it
        pause = 100;
      }
    } catch (broken) {
      if (broken instanceof Ended || Array.isArray(broken)) throw broken; // an array: the subscription itself was refused
    }
    await new Promise((resume) => setTimeout(resume, pause));
  }
}
