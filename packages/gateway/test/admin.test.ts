import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Fastify from 'fastify'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addDashboard, readDashboard } from '../src/server/dashboard-files.ts'
import { type AdminReply, type AdminRequest, askAdmin } from './admin-client.ts'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'

const TOKEN = 'an-admin-token-of-32-characters!'
const STREAMS = `
streams:
  quick: { class: best-effort, window: { items: 10 }, whenFull: reject, sink: { type: file, path: DIR/quick.ndjson } }
`
const JSON_TYPE = { 'content-type': 'application/json' }

let running: RunningGateway

const ask = (path: string, request?: AdminRequest): Promise<AdminReply> =>
  askAdmin(running.adminUrl, path, request)
const patch = (headers: Readonly<Record<string, string>> = {}): Promise<AdminReply> =>
  ask('/api/streams/quick', {
    method: 'PATCH',
    headers: { ...JSON_TYPE, ...headers },
    body: '{"paused":true}',
  })
const isPaused = async (headers?: Readonly<Record<string, string>>): Promise<boolean> =>
  JSON.parse((await ask('/api/streams/quick', { headers })).body).settings.paused

afterEach(() => running[Symbol.asyncDispose]())

describe('an admin listener with a token', () => {
  const authorization = `Bearer ${TOKEN}`

  beforeEach(async () => {
    running = await RunningGateway.start(`adminToken: ${TOKEN}${STREAMS}`)
  })

  it.each(['/livez', '/readyz'])('answers %s without it: probes have none', async (path) => {
    expect((await ask(path)).status).toBe(200)
  })

  it.each(['/metrics', '/api/state', '/api/streams/quick', '/api/streams/quick/dead-letters'])(
    'answers %s with it alone',
    async (path) => {
      const without = await ask(path)
      expect(without.status).toBe(401)
      expect(without.headers['www-authenticate']).toBe('Bearer')
      expect(without.body).toContain('Authorization must be \\"Bearer TOKEN\\" with the adminToken')
      expect((await ask(path, { headers: { authorization } })).status).toBe(200)
      expect((await ask(path, { headers: { authorization: `bearer  ${TOKEN}` } })).status).toBe(200)
    },
  )

  it.each([
    '/%61pi/state',
    '/api/%73tate',
    '//api/state',
    '/./api/state',
    '/livez/../api/state',
    '/livez/%2e%2e/api/state',
    '/API/state',
    '/api/state/',
    '/api/state?/livez',
    '/%6detrics',
    '/metrics/',
    '/api/streams/%71uick',
    'http://localhost/api/state',
  ])('tells nothing without it at %s, another way to write a path', async (path) => {
    const client = new RawClient(running.gateway.adminAddress.port)
    client.send(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    expect(await client.answers(1)).toEqual(['401'])
  })

  it.each([
    'Bearer',
    'Bearer ',
    `Bearer ${TOKEN.slice(1)}`,
    `Bearer ${TOKEN}x`,
    `Bearer ${TOKEN} ${TOKEN}`,
    `Basic ${TOKEN}`,
    TOKEN,
    `Bearer ${'x'.repeat(10_000)}`,
  ])('changes nothing for %.40s', async (wrong) => {
    expect((await patch({ authorization: wrong })).status).toBe(401)
    expect(await isPaused({ authorization })).toBe(false)
  })

  it('changes something for it', async () => {
    expect((await patch({ authorization })).status).toBe(200)
    expect(await isPaused({ authorization })).toBe(true)
  })

  it('is not used by a page of another origin, whatever it shows', async () => {
    expect((await patch({ authorization, origin: 'http://evil.example' })).status).toBe(403)
    expect(await isPaused({ authorization })).toBe(false)
  })

  it('shows the token to nobody', async () => {
    const { body } = await ask('/api/state', { headers: { authorization } })
    expect(body).not.toContain(TOKEN)
  })
})

describe('every answer of the admin listener', () => {
  beforeEach(async () => {
    running = await RunningGateway.start(STREAMS)
  })

  it.each(['/livez', '/metrics', '/api/state', '/nowhere'])(
    'to %s lets a browser do nothing but what the dashboard needs',
    async (path) => {
      const { headers } = await ask(path)
      const policy = String(headers['content-security-policy'])
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("frame-ancestors 'none'")
      expect(policy).not.toContain('unsafe')
      expect(headers).toMatchObject({
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
      })
      expect(headers['access-control-allow-origin']).toBeUndefined()
    },
  )

  it('names what is wrong with a path, a method or a body', async () => {
    const found = await Promise.all([
      ask('/nowhere'),
      ask('/api/state', { method: 'DELETE' }),
      ask('/api/streams/quick', { method: 'PATCH', headers: JSON_TYPE, body: '{' }),
      ask('/api/streams/quick/dead-letters/purge', { method: 'POST', headers: JSON_TYPE, body: '{}' }),
    ])
    expect(found.map(({ status }) => status)).toEqual([404, 404, 400, 400])
    for (const { headers, body } of found) {
      expect(headers['content-type']).toContain('application/problem+json')
      expect(JSON.parse(body).detail).not.toBe('')
    }
  })

  it('survives what is no request at all', async () => {
    const client = new RawClient(running.gateway.adminAddress.port)
    client.send('GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n')
    client.send('\0\0\0 not HTTP\r\n\r\n')
    await client.closed
    expect((await ask('/livez')).status).toBe(200)
  })

  it('refuses a body above its bound', async () => {
    const huge = await ask('/api/streams/quick', {
      method: 'PATCH',
      headers: JSON_TYPE,
      body: `{"paused":"${'x'.repeat(2 ** 20)}"}`,
    })
    expect(huge.status).toBe(413)
  })
})

describe('the dashboard', () => {
  it('is a fixed table of files: no path of a request reaches the file system', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'dashboard-'))
    running = await RunningGateway.start(STREAMS)
    await mkdir(join(folder, 'assets'))
    await writeFile(join(folder, 'index.html'), '<!doctype html>')
    await writeFile(join(folder, 'assets', 'main-Bx3k9QpZ.js'), 'export {}')
    await writeFile(join(folder, 'secret.txt'), 'secret')
    await writeFile(join(folder, '..', 'outside.html'), 'outside')
    const server = Fastify()
    addDashboard(server, await readDashboard(folder))
    const statuses = async (path: string) => {
      const { statusCode, headers } = await server.inject(path)
      return [statusCode, headers['content-type'], headers['cache-control']]
    }
    expect(await statuses('/')).toEqual([200, 'text/html; charset=utf-8', 'no-cache'])
    expect(await statuses('/assets/main-Bx3k9QpZ.js')).toEqual([
      200,
      'text/javascript; charset=utf-8',
      'public, max-age=31536000, immutable',
    ])
    for (const path of ['/secret.txt', '/../outside.html', '/%2e%2e/outside.html', '/assets', '/assets/']) {
      expect((await statuses(path))[0]).toBe(404)
    }
    await server.close()
    await rm(folder, { recursive: true })
    await rm(join(folder, '..', 'outside.html'))
  })

  it('is missing without a build, and everything else is there', async () => {
    expect(await readDashboard('/nowhere/at/all')).toEqual([])
    running = await RunningGateway.start(STREAMS)
  })
})
