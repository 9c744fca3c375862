/**
 * The guarded fetch against a real server.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ConcurrencyLimiter } from 'spillway'
import { guardedFetch } from 'spillway/fetch'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'

const budgets: (string | undefined)[] = []
const server = createServer((request, response) => {
  budgets.push(request.headers['x-envoy-expected-rq-timeout-ms']?.toString())
  if (request.url === '/hang') return
  if (request.url === '/busy-once' && budgets.length === 1) {
    response.writeHead(503, { 'retry-after': '0' }).end('busy')
    return
  }
  response.end('served')
})
let origin = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  // Listening on a port, so the address is an object.
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
beforeEach(() => {
  budgets.length = 0
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

describe('guardedFetch against a real server', () => {
  it('comes back after a refusal with less time, and reads the body', async () => {
    const gate = new ConcurrencyLimiter({ limit: 2 })
    const fetch = guardedFetch({ gate, backoff: () => 20 })
    const response = await fetch(`${origin}/busy-once`, { finishWithinMs: 5000 })
    expect(await response.text()).toBe('served')
    const [first, second] = budgets.map(Number)
    // All of it but what it took to come here: on a busy machine the first request of a process is slow.
    expect(first).toBeGreaterThan(2500)
    expect(first).toBeLessThanOrEqual(5000)
    expect(second).toBeLessThanOrEqual(first! - 20)
    expect(gate.stats()).toMatchObject({ inFlight: 0, ended: { failure: 1, success: 1 } })
  })

  it('gives up a server that hangs', async () => {
    const fetch = guardedFetch({ timeoutMs: 50, attempts: 2, backoff: () => 1 })
    await expect(fetch(`${origin}/hang`)).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})
