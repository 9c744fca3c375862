/**
 * Clients that ask before they send: `Expect: 100-continue`.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { fastify } from 'fastify'
import { describe, expect, it } from 'vitest'
import { guard as guardExpress } from '../../src/adapters/express/index.ts'
import { guard as guardFastify } from '../../src/adapters/fastify/index.ts'
import { continueWhenRead } from '../../src/adapters/node/index.ts'
import { RateLimiter } from '../../src/index.ts'
import { answers } from './raw-client.ts'
import { Holding, limited, listen, raw, serve } from './rig.ts'
import { SUBJECTS } from './subjects.ts'

const ASK =
  'POST / HTTP/1.1\r\nhost: x\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nexpect: 100-continue\r\n\r\n'

describe.each(SUBJECTS)('a client that asks first, of $name', (subject) => {
  it('is told to go on when it is admitted, and its body is read', async () => {
    const { port } = await serve(subject, limited(1), async ({ body }) => `got ${await body()}`)
    const client = raw(port)
    client.send(ASK)
    await client.until((received) => received.includes('100 Continue'))
    client.send('01234')
    await client.until((received) => received.includes('got 01234'))
    expect(client.received.match(/100 Continue/g)).toHaveLength(1)
    expect(answers(client.received)).toBe(1)
  })

  it('is refused before it has sent a byte of its body', async () => {
    const holding = new Holding()
    const { port } = await serve(subject, limited(1), holding.handle)
    raw(port).send('GET / HTTP/1.1\r\nhost: x\r\n\r\n')
    await holding.started(1)
    const client = raw(port)
    client.send(ASK)
    await client.until((received) => received.includes('"started":false'))
    expect(client.received).toContain('503 Service Unavailable')
    expect(client.received).not.toContain('100 Continue')
    holding.letGo(0)
  })
})

describe('a server that says 100 when the body is read', () => {
  it('is made of every Fastify on HTTP/1.1 by its guard', async () => {
    const options = { gate: new RateLimiter({ ratePerSecond: 0, burst: 0 }) }
    const plain = fastify()
    await plain.register(guardFastify(options))
    expect(plain.server.listenerCount('checkContinue')).toBe(1)
    const secured = fastify({ https: {} })
    await secured.register(guardFastify(options))
    expect(secured.server.listenerCount('checkContinue')).toBe(1)
  })

  it('says nothing to a client whose body nobody wants, and answers it', async () => {
    const server = createServer((_, response) => response.writeHead(204, { connection: 'close' }).end())
    continueWhenRead(server)
    const client = raw(await listen(server))
    client.send(ASK)
    await client.until((received) => received.includes('204'))
    expect(client.received).not.toContain('100 Continue')
  })

  it('says it on the ways that no guard stands on', async () => {
    const app = fastify()
    const nobody = guardFastify({ gate: new RateLimiter({ ratePerSecond: 0, burst: 0 }) })
    await app.register(async (child) => {
      await child.register(nobody)
      child.post('/guarded', async () => 'never')
    })
    app.post('/', async ({ body }) => `got ${String(body)}`)
    await app.ready()
    const client = raw(await listen(app.server))
    client.send(ASK)
    await client.until((received) => received.includes('100 Continue'))
    client.send('01234')
    await client.until((received) => received.includes('got 01234'))
    const refused = raw((app.server.address() as AddressInfo).port)
    refused.send(ASK.replace('POST /', 'POST /guarded'))
    await refused.until((received) => received.includes('"started":false'))
    expect(refused.received).not.toContain('100 Continue')
  })

  it('serves a body parser behind a guard of Express', async () => {
    const app = express()
    app.use(guardExpress(limited(1)), express.text())
    app.post('/', ({ body }, response) => void response.end(`got ${String(body)}`))
    const server = createServer(app)
    continueWhenRead(server)
    const client = raw(await listen(server))
    client.send(ASK)
    await client.until((received) => received.includes('100 Continue'))
    client.send('01234')
    await client.until((received) => received.includes('got 01234'))
    expect(client.received).toContain('200 OK')
  })
})
