import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { GatewayProcess } from './gateway-process.ts'

const SECRETS = {
  SHOP_KEY: 'shop-key-0123456789',
  ADMIN_TOKEN: 'admin-token-0123456789',
  HOOK_SECRET: `whsec_${Buffer.alloc(24, 7).toString('base64')}`,
  HOOK_PATH: 'hook-path-0123456789',
  DATA: 'data-folder-0123456789',
}
const YAML = `
listen: 127.0.0.1:0
admin: 127.0.0.1:0
adminToken: \${ADMIN_TOKEN}
dataDir: FOLDER/\${DATA}
logLevel: debug
drainTimeoutMs: 100
tenants: [{ name: shop, key: \${SHOP_KEY} }]
streams:
  hooks:
    class: best-effort
    window: { items: 10 }
    whenFull: reject
    retry: { attempts: 1 }
    sink: { type: http, url: "http://127.0.0.1:1/\${HOOK_PATH}", secret: \${HOOK_SECRET} }
  lines:
    class: best-effort
    window: { items: 10 }
    whenFull: reject
    sink: { type: file, path: FOLDER/\${DATA}/lines.ndjson }
`

/** Everything that a gateway with secrets says, in its outputs and in its answers. */
async function everythingSaid(folder: string): Promise<string> {
  const file = join(folder, 'spillway.yaml')
  await writeFile(file, YAML.replaceAll('FOLDER', folder))
  await using server = new GatewayProcess(['serve', '--config', file], {
    program: await buildGateway(),
    environment: SECRETS,
  })
  const { url, adminUrl } = await server.addresses()
  const said: string[] = []
  const ask = async (target: string, init: RequestInit = {}): Promise<void> => {
    const answer = await fetch(target, init)
    said.push(JSON.stringify([...answer.headers]), await answer.text())
  }
  const body = '{}'
  const json = { 'content-type': 'application/json' }
  const hooks = `${url}/v1/streams/hooks`
  await ask(hooks, {
    method: 'POST',
    body,
    headers: { ...json, authorization: `Bearer ${SECRETS.SHOP_KEY}` },
  })
  await ask(hooks, { method: 'POST', body, headers: { ...json, authorization: 'Bearer nobody' } })
  const headers = { authorization: `Bearer ${SECRETS.ADMIN_TOKEN}` }
  await server.said(/(a delivery failed)/)
  for (const path of ['/api/state', '/metrics', '/readyz', '/api/streams/hooks/dead-letters']) {
    await ask(`${adminUrl}${path}`, { headers })
  }
  await ask(`${adminUrl}/api/state`)
  server.signal('SIGTERM')
  const { stdout, stderr } = await server.ended()
  expect(said.join('')).toContain('"accepted":1')
  expect(stderr).toContain('a delivery failed')
  expect(stdout).toContain('$' + '{DATA}/lines.ndjson')
  return [stdout, stderr, ...said].join('\n')
}

it('a gateway says none of its secrets, in no output and in no answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'spillway-'))
  const said = await everythingSaid(folder)
  const { DATA: _folder, ...secrets } = SECRETS
  expect(Object.values(secrets).filter((secret) => said.includes(secret))).toEqual([])
  await rm(folder, { recursive: true, force: true })
})
