import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'

const YAML = `
drainTimeoutMs: 0
maxConnections: 8
tenants:
  - { name: greedy, key: greedy-key-0123456789 }
  - { name: modest, key: modest-key-0123456789 }
streams:
  door: { class: best-effort, window: { items: 100 }, whenFull: block, sink: { type: file, path: DIR/door.ndjson } }
`

let running: RunningGateway
let clients: RawClient[]

beforeEach(async () => {
  running = await RunningGateway.start(YAML)
  clients = []
})

afterEach(async () => {
  for (const { socket } of clients) socket.destroy()
  await running[Symbol.asyncDispose]()
})

/** Sends one request on a new connection, which stays open if it may; the status. */
async function connect(name: string): Promise<string | undefined> {
  const client = new RawClient(running.port)
  clients.push(client)
  client.send(request(name))
  return (await client.answers(1))[0]
}

function request(name: string): string {
  return `POST /v1/streams/door HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-API-Key: ${name}-key-0123456789\r\nContent-Length: 2\r\n\r\n{}`
}

async function connectTimes(name: string, times: number): Promise<readonly (string | undefined)[]> {
  const statuses: (string | undefined)[] = []
  for (let i = 0; i < times; i++) statuses.push(await connect(name))
  return statuses
}

describe('the connections', () => {
  it('are never all one tenant’s: alone it has half, and a newcomer finds some', async () => {
    expect(await connectTimes('greedy', 5)).toEqual(['202', '202', '202', '202', '429'])
    const refused = clients.at(-1)
    expect(refused?.received).toMatch(
      /Connection: close.*RateLimit: "connections";r=0;.*"ERR_TOO_MANY_CONNECTIONS"/s,
    )
    expect(refused?.received).toContain('this tenant has its part of the connections (maxConnections)')
    await refused?.closed
    expect(await connectTimes('modest', 2)).toEqual(['202', '202'])
  })

  it('serve whoever comes on one that is open, whosever it was first', async () => {
    expect(await connectTimes('greedy', 5)).toContain('429')
    clients[0]?.send(request('greedy'))
    expect(await clients[0]?.answers(2)).toEqual(['202', '202'])
    clients[0]?.send(request('modest'))
    expect(await clients[0]?.answers(3)).toEqual(['202', '202', '202'])
  })

  it('are given back when they are closed', async () => {
    expect(await connectTimes('greedy', 4)).not.toContain('429')
    clients[0]?.socket.destroy()
    // The gateway hears of it a moment later.
    while ((await connect('greedy')) !== '202') await new Promise((resolve) => setTimeout(resolve, 10))
  })

  it('of those with wrong keys are closed sooner than any tenant’s', async () => {
    expect(await connectTimes('wrong', 5)).toEqual(['401', '401', '401', '401', '401'])
    expect(clients.map(({ received }) => received.includes('Connection: close'))).toEqual([
      ...[false, false, false, false],
      true,
    ])
    await clients[4]?.closed
    expect(await connectTimes('modest', 2)).toEqual(['202', '202'])
  })
})
