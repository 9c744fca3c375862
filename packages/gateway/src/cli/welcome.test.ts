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
