import { expect, it } from 'vitest'
import { loadSettings } from '../config/load-settings.ts'
import { welcome } from './welcome.ts'

it('says where the gateway is, what its streams do, and what to paste next', () => {
  const settings = loadSettings(undefined, [{ key: 'dataDir', value: "my data's", origin: '--data-dir' }])
  const address = { host: '0.0.0.0', port: 9090 }
  expect(welcome({ version: '1.2.3', settings, address, adminAddress: settings.admin })).toBe(
    `Spillway 1.2.3 takes events at http://127.0.0.1:9090, and answers /livez, /readyz, /metrics at http://127.0.0.1:8081
  events   on the disk, senders wait when full, delivers to my data's/events.ndjson
  metrics  in memory, refuses when full, delivers to my data's/metrics.ndjson

Open http://127.0.0.1:8081 in a browser: what arrives, what is refused, what waits, and why.

Try:
  curl -i http://127.0.0.1:9090/v1/streams/events -H 'Content-Type: application/json' -d '{"hello":"world"}'
  printf '{"n":1}\\n{"n":2}\\n' | curl -i http://127.0.0.1:9090/v1/streams/events -H 'Content-Type: application/x-ndjson' --data-binary @-
  tail 'my data'\\''s/events.ndjson'
  curl -s http://127.0.0.1:8081/metrics | grep ^spillway_

`,
  )
})

it('names the variables of secrets, sends as a tenant where it may, and only what need not be signed', () => {
  const common = 'class: best-effort, window: { items: 10 }, whenFull: reject, sink: { type: stdout }'
  const text = `
listen: 0.0.0.0:8080
adminToken: an-admin-token-of-some-length
tenants:
  - { name: shop, key: a-key-of-sixteen-or-more, streams: [hooks, orders] }
jetstream: { servers: ['nats://127.0.0.1:4222'] }
streams:
  audit: { ${common} }
  hooks: { ${common}, verify: { type: standard-webhooks, secret: whsec_${'A'.repeat(32)} } }
  orders: { ${common}, store: jetstream, backlog: { items: 100, bytes: 1MiB, maxAgeMs: 1000 } }
`
  const settings = loadSettings({ name: 'spillway.yaml', text }, [])
  const { listen: address, admin: adminAddress } = settings
  const lines = welcome({ version: '1.2.3', settings, address, adminAddress }).split('\n')
  expect(lines).toContain('  orders  on NATS, refuses when full, delivers to standard output')
  expect(
    lines.slice(lines.indexOf('Try, with the key of shop in $KEY and the adminToken in $TOKEN:') + 1),
  ).toEqual([
    `  curl -i http://127.0.0.1:8080/v1/streams/orders -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' -d '{"hello":"world"}'`,
    `  printf '{"n":1}\\n{"n":2}\\n' | curl -i http://127.0.0.1:8080/v1/streams/orders -H "Authorization: Bearer $KEY" -H 'Content-Type: application/x-ndjson' --data-binary @-`,
    '  curl -s http://127.0.0.1:8081/metrics -H "Authorization: Bearer $TOKEN" | grep ^spillway_',
    '',
    '',
  ])
})
