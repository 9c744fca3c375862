import { createServer, type Server } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { guard, sendRefusal } from '../../src/adapters/node/index.ts'
import { ConcurrencyLimiter, fixed, OverloadError } from '../../src/index.ts'
import { answers } from './raw-client.ts'
import { get, Holding, limited, raw, serve } from './rig.ts'
import { SUBJECTS } from './subjects.ts'

const node = SUBJECTS[0]!
const servers: (Server | Http2Server)[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

async function listen(server: Server | Http2Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('the guard of node:http', () => {
  it('closes the connection of a refused upload that goes on for too long', async () => {
    const holding = new Holding()
    const { port } = await serve(node, limited(1), holding.handle)
    raw(port).send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await holding.started(1)
    const client = raw(port)
    client.send('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100000000\r\n\r\n')
    const askedMs = performance.now()
    await client.end()
    expect(answers(client.received)).toBe(1)
    expect(performance.now() - askedMs).toBeGreaterThan(900)
  })

  it.each([0, 1_000_000])(
    'answers HEAD with %i bytes behind it at once, where a body for it is an error',
    async (length) => {
      const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
      gate.tryEnter()
      const handler = guard({ gate })(() => {})
      let isFinished = false
      const server = createServer({ rejectNonStandardBodyWrites: true }, (request, response) => {
        response.once('finish', () => {
          isFinished = true
        })
        handler(request, response)
      })
      const client = raw(await listen(server))
      client.send(`HEAD / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n`)
      await client.until((received) => received.endsWith('\r\n\r\n'))
      expect(client.received).toContain('503')
      if (length > 0) expect(isFinished).toBe(false)
      client.destroy()
    },
  )

  it('guards an upgrade like any request where nobody listens for upgrades', async () => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    const guarded = guard({ gate })
    const port = await listen(createServer(guarded((_, response) => response.end('plain'))))
    const client = raw(port)
    const upgrade = `GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n`
    client.send(upgrade)
    await client.until((received) => received.includes('plain'))
    gate.tryEnter()
    const refused = raw(port)
    refused.send(upgrade)
    await refused.until((received) => received.includes('"started":false'))
    expect(guarded.stats()).toMatchObject({ received: 2, accepted: 1, inFlight: 0 })
    client.destroy()
    refused.destroy()
  })

  it('gives an upgrade to those who listen for it, past the guard', async () => {
    const guarded = guard({ gate: new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 }) })
    const server = createServer(guarded((_, response) => response.end('plain')))
    server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'))
    const client = raw(await listen(server))
    client.send('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n')
    await client.end()
    expect(client.received).toContain('101')
    expect(guarded.stats().received).toBe(0)
  })

  it('answers over HTTP/2 as well, and leaves the other streams of the session alone', async () => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    const guarded = guard({ gate })
    const held: (() => void)[] = []
    const handler = guarded((_, response) => {
      held.push(() => response.end('done'))
    })
    // Node's compatibility layer gives requests and responses that answer to the same calls.
    const port = await listen(createHttp2Server(handler as never))
    const session = connect(`http://127.0.0.1:${port}`)
    const ask = (body: string) => {
      const stream = session.request({ ':path': '/', ':method': 'POST' })
      stream.write(body)
      stream.resume()
      return new Promise<unknown>((resolve) =>
        stream.once('response', (fields) => resolve(fields[':status'])),
      )
    }
    const first = ask('x')
    while (held.length < 1) await new Promise((resolve) => setImmediate(resolve))
    expect(await ask('y'.repeat(30_000))).toBe(503)
    held[0]!()
    expect(await first).toBe(200)
    while (guarded.stats().inFlight > 0) await new Promise((resolve) => setImmediate(resolve))
    expect(gate.stats().ended).toMatchObject({ success: 1, ignored: 0 })
    session.destroy()
  })
})

describe('sendRefusal of node:http', () => {
  it('says nothing when the answer has begun already', async () => {
    const port = await listen(
      createServer((_, response) => {
        response.write('begun')
        expect(sendRefusal(response, new OverloadError('ERR_CLOSED', 'x'))).toBe(true)
        response.shouldKeepAlive = false
        response.end()
      }),
    )
    expect(await (await get(port)).body.text()).toBe('begun')
  })
})
