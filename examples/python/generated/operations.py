__all__ = [
    "CONVERT_GQL",
    "CREATE_GQL",
    "FOLLOW_GQL",
    "OWNER_GQL",
    "PAGE_GQL",
    "PLACE_GQL",
    "REGISTER_GQL",
    "UNREGISTER_GQL",
]

CREATE_GQL = """
mutation Create($input: CreateLeadInput!) {
  createLead(input: $input) {
    lead {
      ...LeadFields
    }
    attached
    replayed
    userErrors {
      ...ErrorFields
    }
  }
}

fragment ErrorFields on UserError {
  code
  message
  field
  fix
  retryable
}

fragment LeadFields on Lead {
  id
  version
  name
  companyName
  state
}
"""

CONVERT_GQL = """
mutation Convert($input: ConvertLeadInput!) {
  convertLead(input: $input) {
    lead {
      ...LeadFields
    }
    company {
      id
      name
    }
    deal {
      id
      name
    }
    replayed
    userErrors {
      ...ErrorFields
    }
  }
}

fragment ErrorFields on UserError {
  code
  message
  field
  fix
  retryable
}

fragment LeadFields on Lead {
  id
  version
  name
  companyName
  state
}
"""

PAGE_GQL = """
query Page($company: String!, $after: String) {
  leads(
    first: 2
    after: $after
    where: {companyName: {eq: $company}}
    orderBy: [{createdAt: ASC}]
  ) {
    nodes {
      ...LeadFields
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}

fragment LeadFields on Lead {
  id
  version
  name
  companyName
  state
}
"""

PLACE_GQL = """
query Place {
  eventCursor
}
"""

OWNER_GQL = """
query Owner {
  users(first: 1) {
    nodes {
      id
      name
    }
  }
}
"""

FOLLOW_GQL = """
subscription Follow($company: String!, $after: String) {
  leadsChanged(where: {companyName: {eq: $company}}, after: $after) {
    cursor
    kind
    lead {
      ...LeadFields
    }
  }
}

fragment LeadFields on Lead {
  id
  version
  name
  companyName
  state
}
"""

REGISTER_GQL = """
mutation Register($input: CreateWebhookEndpointInput!) {
  createWebhookEndpoint(input: $input) {
    webhookEndpoint {
      id
    }
    secret
    userErrors {
      ...ErrorFields
    }
  }
}

fragment ErrorFields on UserError {
  code
  message
  field
  fix
  retryable
}
"""

UNREGISTER_GQL = """
mutation Unregister($input: RecordInput!) {
  archiveWebhookEndpoint(input: $input) {
    userErrors {
      ...ErrorFields
    }
  }
}

fragment ErrorFields on UserError {
  code
  message
  field
  fix
  retryable
}
"""
