// Every document the program sends. `npm run types` gives each the types of its variables and its answer.
import { graphql } from "./generated/index.js";

export const CreateLead = graphql(`
  mutation CreateLead($input: CreateLeadInput!) {
    createLead(input: $input) {
      lead { id version state }
      attached
      replayed
      userErrors { code message field fix retryable }
    }
  }
`);

export const LeadsPage = graphql(`
  query LeadsPage($where: LeadWhere, $after: String) {
    leads(first: 2, after: $after, where: $where, orderBy: [{ createdAt: ASC }]) {
      nodes { id version name companyName state }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export const Place = graphql(`query Place { eventCursor }`);

export const Owner = graphql(`query Owner { users(first: 1) { nodes { id name } } }`);

export const ConvertLead = graphql(`
  mutation ConvertLead($input: ConvertLeadInput!) {
    convertLead(input: $input) {
      lead { id state }
      contact { id }
      company { id name }
      deal { id name }
      replayed
      userErrors { code message field fix retryable }
    }
  }
`);

export const Register = graphql(`
  mutation Register($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      webhookEndpoint { id }
      secret
      userErrors { code message field fix retryable }
    }
  }
`);

export const Unregister = graphql(`
  mutation Unregister($input: RecordInput!) {
    archiveWebhookEndpoint(input: $input) { userErrors { code message field fix retryable } }
  }
`);

export const LeadsChanged = graphql(`
  subscription LeadsChanged($where: LeadWhere, $after: String) {
    leadsChanged(where: $where, after: $after) {
      cursor
      kind
      lead { id name state }
    }
  }
`);
