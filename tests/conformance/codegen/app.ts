// An application in TypeScript: what it reads is typed by its own documents, and what may be null has to be looked at.
import { unmask } from './generated/fragment-masking';
import { graphql } from './generated/gql';
import type { CreateLeadInput, CreateLeadMutation, LeadsOfCompanyQuery, LeadsOfCompanyQueryVariables } from './generated/graphql';

export const Row = graphql(`
  fragment Row on Lead { id version state score createdAt person { id name } owner { name } }
`);
export const LeadsOfCompany = graphql(`
  query LeadsOfCompany($where: LeadWhere, $orderBy: [LeadOrder!], $after: String) {
    leads(where: $where, orderBy: $orderBy, first: 50, after: $after) {
      totalCount
      pageInfo { hasNextPage endCursor }
      nodes { ...Row }
    }
  }
`);
export const CreateLead = graphql(`
  mutation CreateLead($input: CreateLeadInput!) {
    createLead(input: $input) { lead { ...Row } attached userErrors { code message field fix retryable } }
  }
`);
export const LeadsChanged = graphql(`subscription Beat { heartbeat(count: 1) }`);

export const variables: LeadsOfCompanyQueryVariables = { where: { state: { in: ['OPEN'] } }, orderBy: [{ createdAt: 'DESC' }] };
export const input: CreateLeadInput = { name: 'Grace Hopper', email: 'grace@navy.example' };

export function names(answer: LeadsOfCompanyQuery): string[] {
  return answer.leads.nodes.map((node) => unmask(Row, node).person.name ?? '');
}

export function refused(answer: CreateLeadMutation): string | null {
  const [first] = answer.createLead.userErrors;
  return first ? `${first.code}: ${first.message}` : null;
}
