// What an application with Relay says to the schema: a page that can be continued, one record read again, a mutation that adds an edge, an event.
const { graphql } = require('relay-runtime');

module.exports = [
  graphql`
    query appLeadsQuery($count: Int!, $after: String) {
      ...app_leads @arguments(count: $count, after: $after)
    }
  `,
  graphql`
    fragment app_leads on Query @argumentDefinitions(count: { type: "Int", defaultValue: 5 }, after: { type: "String" }) @refetchable(queryName: "appLeadsPageQuery") {
      leads(first: $count, after: $after) @connection(key: "app_leads") {
        edges { cursor node { id ...app_lead } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  graphql`
    fragment app_lead on Lead @refetchable(queryName: "appLeadAgainQuery") { id version state person { name } }
  `,
  graphql`
    mutation appCreateLeadMutation($input: CreateLeadInput!, $connections: [ID!]!) {
      createLead(input: $input) {
        lead @prependNode(connections: $connections, edgeTypeName: "LeadEdge") { id ...app_lead }
        userErrors { code field message }
      }
    }
  `,
  graphql`subscription appHeartbeatSubscription { heartbeat(count: 2) }`,
];
