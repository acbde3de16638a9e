import type { Client } from "@urql/core";
import { query } from "./asking.js";
import { LeadsPage } from "./documents.js";
import type { LeadsPageQuery, LeadsPageQueryVariables } from "./generated/graphql.js";

export type LeadRow = LeadsPageQuery["leads"]["nodes"][number];
export type LeadWhere = LeadsPageQueryVariables["where"];

/** Every lead that matches, page by page. The list may move meanwhile: none is skipped or comes twice. */
export async function* leads(client: Client, where: LeadWhere): AsyncGenerator<LeadRow> {
  let after: string | null = null;
  do {
    const { leads }: LeadsPageQuery = await query(client, LeadsPage, { where, after });
    yield* leads.nodes;
    after = leads.pageInfo.hasNextPage ? leads.pageInfo.endCursor ?? null : null;
  } while (after);
}
