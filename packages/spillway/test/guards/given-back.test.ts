/**
 * Places are given back, and nobody is started, also where a client leaves at
 * an odd moment or somebody else answers.
 */
import { createServer, type Server } from 'node:http'
import { connect, createServer as createHttp2Server, type Http2Server } from 'node:http2'
import type { AddressInfo } from 'node:net'
import express from 'express'
import { fastify } from 'fastify'
import { afterEach, describe, expect, it } from 'vitest'
import { guard as guardExpress } from '../../src/adapters/express/index.ts'
import { guard as guardFastify } from '../../src/adapters/fastify/index.ts'
import { guard as guardNode } from '../../src/adapters/node/index.ts'
import { type AsyncGate, ConcurrencyLimiter, fixed, type Permit } from '../../src/index.ts'
import { Holding, limited, raw, serve, until } from './rig.ts'
import { SUBJECTS } from './subjects.ts'

const GET = 'GET / HTTP/1.1\r\nhost: x\r\n\r\n'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

async function listen(server: Server | Http2Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => new Promise((resolve) => server.close(resolve)))
  if ('closeAllConnections' in server) ends.push(() => server.closeAllConnections())
  return (server.address() as AddressInfo).port
}

/** A gate over a network that has not heard of signals. */
function slowGate() {
  const asked: (() => void)[] = []
  const gate = { held: 0, asked }
  const permit = (): Permit => {
    gate.held++
    const giveBack = () => {
      gate.held--
    }
    return { admitted: true, end: giveBack, cancel: giveBack }
  }
  const enter: AsyncGate['enter'] = () => {
    return new Promise((resolve) => asked.push(() => resolve(permit())))
  }
  return Object.assign(gate, { enter })
}

describe.each(SUBJECTS)('the guard of $name', (subject) => {
  it('gives back at once what a gate grants to a client that has left meanwhile', async () => {
    const gate = slowGate()
    const { port, stats } = await serve(subject, { gate, timeoutMs: 1000 }, () => 'ok')
    const client = raw(port)
    client.send(GET)
    await until(() => gate.asked.length === 1)
    client.destroy()
    // Once a second one has come, the first has been missed.
    const next = raw(port)
    next.send(GET)
    await until(() => gate.asked.length === 2)
    for (const grant of gate.asked) grant()
    await next.until((received) => received.includes('200 OK'))
    await until(() => gate.held === 0 && stats().inFlight === 0)
    expect(stats()).toMatchObject({ received: 2, waiting: 0, inFlight: 0 })
  })
})

describe('a request that somebody else answers while it waits', () => {
  it('gives up its place in the line, and takes no other', async () => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 8 })
    const guarded = guardExpress({ gate, timeoutMs: 30_000 })
    const held: (() => void)[] = []
    let giveUp: (() => void) | undefined
    const app = express()
    app.use((request, response, next) => {
      if (request.url === '/impatient') giveUp = () => response.status(504).end()
      next()
    })
    app.use(guarded, (_, response) => void held.push(() => response.end('done')))
    const port = await listen(createServer(app))
    const first = raw(port)
    first.send(GET)
    await until(() => held.length === 1)
    const impatient = raw(port)
    impatient.send(GET.replace('/', '/impatient'))
    await until(() => gate.waiting === 1)
    giveUp?.()
    await impatient.until((received) => received.includes('504'))
    await until(() => gate.waiting === 0)
    held[0]?.()
    await until(() => gate.inFlight === 0)
    expect(held).toHaveLength(1)
    expect(guarded.stats()).toMatchObject({ received: 2, accepted: 1, abandoned: 1, inFlight: 0 })
  })

  it('is not answered a second time when it is refused', async () => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 8 })
    const guarded = guardExpress({ gate, timeoutMs: 100 })
    const app = express()
    app.use((request, response, next) => {
      next()
      if (request.url === '/begun') response.write('begun')
    })
    app.use(guarded, () => {})
    const port = await listen(createServer(app))
    raw(port).send(GET)
    await until(() => gate.inFlight === 1)
    const begun = raw(port)
    begun.send(GET.replace('/', '/begun'))
    await until(() => guarded.stats().refused.ERR_WAIT_TIMEOUT === 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(begun.received).toContain('200 OK')
    expect(begun.received).not.toContain('503')
  })
})

describe('a stream of HTTP/2 that was reset before its guard saw it', () => {
  it.each(['node:http2', 'Fastify'])('takes no place, with %s', async (name) => {
    const gate = new ConcurrencyLimiter({ limit: fixed(1), maxWaiting: 0 })
    // What stands before the guard asks somebody who answers after the reset.
    let arrived = 0
    const goOn: (() => void)[] = []
    const before = () => {
      arrived++
      return new Promise<void>((resolve) => goOn.push(resolve))
    }
    const { server, stats } = await (name === 'Fastify' ? withFastify(gate, before) : withNode(gate, before))
    const session = connect(`http://127.0.0.1:${await listen(server)}`)
    ends.push(() => session.destroy())
    const stream = session.request({ ':path': '/' })
    stream.on('error', () => {})
    await until(() => arrived === 1)
    const closed = new Promise((resolve) => stream.once('close', resolve))
    stream.close(8)
    await closed
    // The server hears of it before it hears of this one.
    const last = session.request({ ':path': '/' })
    last.on('error', () => {})
    const status = new Promise((resolve) => last.once('response', (fields) => resolve(fields[':status'])))
    await until(() => arrived === 2)
    for (const step of goOn) step()
    expect(await status).toBe(200)
    await until(() => stats().inFlight === 0)
    expect(stats()).toMatchObject({ received: 2, accepted: 1, abandoned: 1 })
  })
})

async function withFastify(gate: ConcurrencyLimiter, before: () => Promise<void>) {
  const app = fastify({ http2: true })
  app.addHook('onRequest', before)
  const guarded = guardFastify({ gate })
  await app.register(guarded)
  app.get('/', async () => 'ok')
  await app.ready()
  // Fastify with `http2: true` stands on Node's server of HTTP/2.
  return { server: app.server as unknown as Http2Server, stats: guarded.stats }
}

async function withNode(gate: ConcurrencyLimiter, before: () => Promise<void>) {
  const guarded = guardNode({ gate })
  const handler = guarded((_, response) => void response.end('ok'))
  // Node's compatibility layer gives requests and responses that answer to the same calls.
  const listener = (request: never, response: never) => void before().then(() => handler(request, response))
  return { server: createHttp2Server(listener as never), stats: guarded.stats }
}

describe('an exempt request', () => {
  it('has a signal that has aborted, also when it is looked at after the client left', async () => {
    let signal: AbortSignal | undefined
    let letGo: (() => void) | undefined
    const guarded = guardNode({ ...limited(1), exempt: () => true } as never)
    let isGone = false
    const handler = guarded(async (_, response, admission) => {
      response.on('close', () => {
        isGone = true
      })
      await new Promise<void>((resolve) => {
        letGo = resolve
      })
      signal = admission.signal
    })
    const client = raw(await listen(createServer(handler)))
    client.send(GET)
    await until(() => letGo !== undefined)
    client.destroy()
    await until(() => isGone)
    letGo?.()
    await until(() => signal !== undefined)
    expect(signal?.aborted).toBe(true)
  })
})

describe.each(SUBJECTS.filter(({ ownsConnection }) => ownsConnection))(
  'what stands behind a large upload that $name refused',
  (subject) => {
    it('is not started: its answer would never be sent', async () => {
      const holding = new Holding()
      const { port, stats } = await serve(subject, limited(1), holding.handle)
      raw(port).send(GET)
      await holding.started(1)
      const client = raw(port)
      const type = 'content-type: text/plain'
      client.send(`POST / HTTP/1.1\r\nhost: x\r\n${type}\r\ncontent-length: 70000\r\n\r\n`)
      await client.until((received) => received.includes('"started":false'))
      holding.letGo(0)
      await until(() => stats().inFlight === 0)
      client.send(`${'x'.repeat(70_000)}${GET}`)
      await client.end()
      expect(holding.works).toHaveLength(1)
      expect(stats()).toMatchObject({ accepted: 1, inFlight: 0, waiting: 0 })
    })
  },
)
