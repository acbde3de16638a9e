#!/bin/sh
# A lead that is made once, webhooks, their log and a replay with nothing but curl. RECEIVER is where webhooks shall go.
#   LEADWELL_URL=http://127.0.0.1:8000 LEADWELL_API_KEY=lw_live_… RECEIVER=http://127.0.0.1:9000/ sh partner.sh
set -eu
: "${LEADWELL_URL:=http://127.0.0.1:8000}" "${RECEIVER:=http://127.0.0.1:9000/}" "${PARTNER_LEAD:=$(date +%s)}"

ask() { # ask KEY BODY: the same key for every try, so --retry never does anything twice
  curl --silent --show-error --fail-with-body --retry 8 --retry-all-errors --retry-delay 1 "$LEADWELL_URL/graphql" \
    -H "Authorization: Bearer $LEADWELL_API_KEY" -H 'Content-Type: application/json' -H "Idempotency-Key: $1" -d "$2"
}
value() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

endpoint=$(ask "hook-$PARTNER_LEAD" '{"query":"mutation($url: String!) { createWebhookEndpoint(input: {name: \"Partner\", url: $url, eventKinds: [\"lead.*\"]}) { webhookEndpoint { id } secret userErrors { code message } } }","variables":{"url":"'"$RECEIVER"'"}}')
echo "endpoint: $endpoint"

lead='{"query":"mutation($input: CreateLeadInput!) { createLead(input: $input) { lead { id name } replayed userErrors { code message field fix } } }","variables":{"input":{"name":"Grace Hopper","email":"grace.'"$PARTNER_LEAD"'@navy.example","companyName":"Navy Yard","externalSystem":"partner","externalId":"'"$PARTNER_LEAD"'"}}}'
echo "lead:     $(ask "lead-$PARTNER_LEAD" "$lead")"
echo "again:    $(ask "lead-$PARTNER_LEAD" "$lead")"

id=$(printf %s "$endpoint" | value id)
log='{"query":"query($id: ID!) { webhookEndpoint(id: $id) { deliveries(last: 5) { nodes { eventKind state attempts statusCode error id } } } }","variables":{"id":"'"$id"'"}}'
delivery=''
for _ in 1 2 3 4 5 6 7 8 9 10; do
  shown=$(ask "log-$PARTNER_LEAD" "$log")
  delivery=$(printf %s "$shown" | value id)
  if [ -n "$delivery" ]; then break; fi
  sleep 1
done
echo "log:      $shown"
echo "replay:   $(ask "replay-$PARTNER_LEAD" '{"query":"mutation($id: ID!) { replayWebhookDelivery(input: {id: $id}) { webhookDelivery { id state } userErrors { code message } } }","variables":{"id":"'"$delivery"'"}}')"
