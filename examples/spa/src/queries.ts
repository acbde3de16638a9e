import { gql } from "urql";

export interface Named { id: string; name: string }

export interface Lead {
  id: string;
  version: number;
  state: "OPEN" | "CONVERTED" | "JUNK" | "MERGED";
  name: string | null;
  email: string | null;
  title: string | null;
  companyName: string | null;
  score: number | null;
  grade: string | null;
  createdAt: string;
  status: Named;
  owner: Named | null;
}

export interface Page<T> {
  nodes: T[];
  pageInfo: { hasNextPage: boolean; endCursor: string | null };
}

export interface Activity {
  id: string;
  kind: string;
  at: string;
  subject: string | null;
  body: string | null;
  outcome: string | null;
  automated: boolean;
  user: Named | null;
}

export interface UserError {
  code: string;
  message: string;
  field: string[] | null;
  fix: string | null;
}

const LEAD_ROW = gql`
  fragment LeadRow on Lead {
    id version state name email title companyName score grade createdAt
    status { id name }
    owner { id name }
  }
`;

export const VIEWER = gql<{ viewer: { name: string; role: string; workspace: { name: string } } | null }>`
  query Viewer { viewer { name role workspace { name } } }
`;

export type LeadOrder = Record<string, string>;
export type LeadWhere = Record<string, unknown>;

export const LEADS = gql<
  { eventCursor: string; leads: Page<Lead> & { totalCount: number; totalCountIsCapped: boolean } },
  { where: LeadWhere; orderBy: LeadOrder[]; after: string | null }
>`
  query Leads($where: LeadWhere, $orderBy: [LeadOrder!], $after: String) {
    eventCursor
    leads(first: 25, where: $where, orderBy: $orderBy, after: $after) {
      nodes { ...LeadRow }
      pageInfo { hasNextPage endCursor }
      totalCount
      totalCountIsCapped
    }
  }
  ${LEAD_ROW}
`;

export const LEADS_CHANGED = gql<
  { leadsChanged: { cursor: string; kind: string; at: string; lead: Lead | null } },
  { where: LeadWhere | null; after: string | null }
>`
  subscription LeadsChanged($where: LeadWhere, $after: String) {
    leadsChanged(where: $where, after: $after) { cursor kind at lead { ...LeadRow } }
  }
  ${LEAD_ROW}
`;

export interface Explanation {
  score: number;
  fit: number;
  engagement: number;
  grade: string;
  contributions: { rule: string; label: string; counted: string; at: string | null }[];
}

export const EXPLANATION = gql<{ scoreExplanation: Explanation }, { id: string }>`
  query Explanation($id: ID!) {
    scoreExplanation(id: $id) { score fit engagement grade contributions { rule label counted at } }
  }
`;

export interface LeadDetail extends Lead {
  phone: string | null;
  country: string | null;
  need: string | null;
  interest: string | null;
  intent: string;
  source: Named | null;
  conversion: { id: string; contact: Named | null; company: Named | null; deal: Named | null } | null;
}

const CONVERSION = gql`
  fragment Converted on Lead {
    conversion { id contact { id name } company { id name } deal { id name } }
  }
`;

export const LEAD = gql<{ eventCursor: string; lead: LeadDetail | null }, { id: string }>`
  query Lead($id: ID!) {
    eventCursor
    lead(id: $id) {
      ...LeadRow
      ...Converted
      phone country need interest intent
      source { id name }
    }
  }
  ${LEAD_ROW}
  ${CONVERSION}
`;

export interface Contact {
  id: string;
  name: string | null;
  email: string | null;
  phone: string | null;
  title: string | null;
  country: string | null;
  score: number | null;
  grade: string | null;
  createdAt: string;
  company: Named | null;
  owner: Named | null;
  lead: { id: string } | null;
  deals: { nodes: { id: string; deal: Named & { state: string; amount: { amount: string; currency: string } | null } }[] };
}

export const CONTACT = gql<{ eventCursor: string; contact: Contact | null }, { id: string }>`
  query Contact($id: ID!) {
    eventCursor
    contact(id: $id) {
      id name email phone title country score grade createdAt
      company { id name }
      owner { id name }
      lead { id }
      deals(first: 10) { nodes { id deal { id name state amount { amount currency } } } }
    }
  }
`;

const history = (noun: "lead" | "contact") => gql<{ of: { id: string; activities: Page<Activity> } | null }, { id: string; after: string | null }>`
  query History($id: ID!, $after: String) {
    of: ${noun}(id: $id) {
      id
      activities(first: 20, after: $after) {
        nodes { id kind at subject body outcome automated user { id name } }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`;

export const HISTORY = { lead: history("lead"), contact: history("contact") };

export interface ConvertInput {
  id: string;
  company: { name: string } | null;
  deal: { action: "AUTO" | "CREATE" | "NONE"; name: string | null };
  onDuplicate: "BLOCK" | "LINK" | "CREATE";
  expectedVersion: number;
  idempotencyKey: string;
}

export const CONVERT = gql<
  { convertLead: { replayed: boolean; lead: Lead | null; contact: Named | null; userErrors: UserError[] } },
  { input: ConvertInput }
>`
  mutation Convert($input: ConvertLeadInput!) {
    convertLead(input: $input) {
      replayed
      lead { ...LeadRow ...Converted }
      contact { id name }
      userErrors { code message field fix }
    }
  }
  ${LEAD_ROW}
  ${CONVERSION}
`;
