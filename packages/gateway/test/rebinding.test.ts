import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { loadSettings } from '../src/config/load-settings.ts'
import { createLog } from '../src/observe/log.ts'
import { Gateway } from '../src/server/gateway.ts'
import { askAdmin } from './admin-client.ts'
import { RawClient } from './raw-client.ts'
import { RunningGateway } from './running-gateway.ts'

const TOKEN = 'an-admin-token-of-32-characters!'
const STREAMS = `
streams:
  quick: { class: best-effort, window: { items: 10 }, whenFull: reject, sink: { type: file, path: DIR/quick.ndjson } }
`
const PATHS = ['/', '/livez', '/readyz', '/metrics', '/api/state', '/api/streams/quick']

let running: RunningGateway

afterEach(() => running[Symbol.asyncDispose]())

async function statusOf(path: string, headers: Readonly<Record<string, string>>): Promise<number> {
  return (await askAdmin(running.adminUrl, path, { headers })).status
}

describe('a page whose name was made to point to the admin listener', () => {
  it.each(PATHS)('learns nothing at %s', async (path) => {
    running = await RunningGateway.start(STREAMS)
    const { port } = running.gateway.adminAddress
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      `127.0.0.1.evil.example:${port}`,
      `localhost.evil.example:${port}`,
      'localhost@evil.example',
      '0.0.0.0',
      '[::2]',
      '127.0.0.1,evil.example',
      'evil.example#localhost',
    ]) {
      const reply = await askAdmin(running.adminUrl, path, { headers: { host } })
      expect([host, reply.status]).toEqual([host, 421])
    }
  })

  it('changes nothing, by any method', async () => {
    running = await RunningGateway.start(STREAMS)
    for (const method of ['PATCH', 'POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const reply = await askAdmin(running.adminUrl, '/api/streams/quick', {
        method,
        headers: { host: 'evil.example', 'content-type': 'application/json' },
        body: '{"paused":true}',
      })
      expect([method, reply.status]).toEqual([method, 421])
    }
  })

  it('is told in a sentence what names there are', async () => {
    running = await RunningGateway.start(STREAMS)
    const { body } = await askAdmin(running.adminUrl, '/api/state', { headers: { host: 'evil.example' } })
    expect(JSON.parse(body).detail).toBe(
      'Host "evil.example" is no name of this listener; reach it as localhost or 127.0.0.1, or add the name to adminHosts',
    )
  })

  it('is not let in without any Host, or with two', async () => {
    running = await RunningGateway.start(STREAMS)
    for (const fields of ['', 'Host: localhost\r\nHost: evil.example\r\n', 'Host: \r\n']) {
      const client = new RawClient(running.gateway.adminAddress.port)
      client.send(`GET /api/state HTTP/1.1\r\n${fields}Connection: close\r\n\r\n`)
      const [status] = await client.answers(1)
      expect([fields, ['400', '421'].includes(status!)]).toEqual([fields, true])
    }
    const old = new RawClient(running.gateway.adminAddress.port)
    old.send('GET /api/state HTTP/1.0\r\n\r\n')
    expect(await old.answers(1)).toEqual(['421'])
  })

  it('is not let in by a target that names another host than Host does', async () => {
    running = await RunningGateway.start(STREAMS)
    const client = new RawClient(running.gateway.adminAddress.port)
    client.send('GET http://localhost/api/state HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n')
    expect(await client.answers(1)).toEqual(['421'])
  })
})

describe('the names of the admin listener', () => {
  it('are loopback, its address, and those of adminHosts, with any port', async () => {
    running = await RunningGateway.start(`adminHosts: [Gateway.example]${STREAMS}`)
    for (const host of [
      'localhost',
      'LOCALHOST:1',
      '127.0.0.1',
      '127.0.0.1:8081',
      '[::1]:8081',
      'gateway.example',
      'GATEWAY.example:443',
    ]) {
      expect([host, await statusOf('/api/state', { host })]).toEqual([host, 200])
    }
    expect(await statusOf('/api/state', { host: 'other.gateway.example' })).toBe(421)
  })

  it('are the address of the connection too, when it listens on all of them', async () => {
    running = await RunningGateway.start(STREAMS)
    const { folder } = running
    const text = `listen: 127.0.0.1:0\nadmin: 0.0.0.0:0\nadminToken: ${TOKEN}\ndataDir: ${folder}/open${STREAMS}`
    const settings = loadSettings({ name: 'test.yaml', text: text.replaceAll('DIR', `${folder}/open`) })
    const open = await Gateway.start(settings, createLog('silent'))
    const outside = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4')
    const { port } = open.adminAddress
    const address = outside?.address ?? '127.0.0.1'
    const authorization = `Bearer ${TOKEN}`
    const asked = (host: string) =>
      askAdmin(`http://${address}:${port}`, '/api/state', { headers: { host, authorization } })
    expect((await asked(`${address}:${port}`)).status).toBe(200)
    expect((await asked(`evil.example:${port}`)).status).toBe(421)
    await open.stop()
  })
})

describe('a page of another origin', () => {
  const forged: readonly Readonly<Record<string, string>>[] = [
    { origin: 'http://evil.example' },
    { origin: 'null' },
    { origin: 'http://localhost:1' },
    { origin: 'file://' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ]

  it.each(forged)('changes nothing with %j', async (headers) => {
    running = await RunningGateway.start(STREAMS)
    for (const path of ['', '/dead-letters/replay', '/dead-letters/purge']) {
      const reply = await askAdmin(running.adminUrl, `/api/streams/quick${path}`, {
        method: path === '' ? 'PATCH' : 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: path === '' ? '{"paused":true}' : '{"all":true}',
      })
      expect([path, reply.status]).toEqual([path, 403])
    }
    // Nor does it take a place of those who listen.
    expect(await statusOf('/api/state', { ...headers, accept: 'text/event-stream' })).toBe(403)
  })

  it('can send no form', async () => {
    running = await RunningGateway.start(STREAMS)
    for (const type of [
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
    ]) {
      const reply = await askAdmin(running.adminUrl, '/api/streams/quick/dead-letters/purge', {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{"all":true}',
      })
      expect([type, reply.status]).toEqual([type, 415])
    }
  })

  it('is none that the listener itself has sent', async () => {
    running = await RunningGateway.start(STREAMS)
    const own = running.adminUrl
    const reply = await askAdmin(own, '/api/streams/quick', {
      method: 'PATCH',
      headers: { origin: own, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' },
      body: '{"paused":true}',
    })
    expect(reply.status).toBe(200)
  })
})
