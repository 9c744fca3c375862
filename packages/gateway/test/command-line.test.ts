import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildGateway } from './gateway-build.ts'
import { type Ended, GatewayProcess } from './gateway-process.ts'

let program: string
let folder: string

beforeAll(async () => {
  program = await buildGateway()
  folder = await mkdtemp(join(tmpdir(), 'spillway-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function run(...args: readonly string[]): Promise<Ended> {
  return new GatewayProcess(args, { program }).ended()
}

describe('spillway serve', () => {
  it('prints commands to paste, which work', async () => {
    const dataDir = join(folder, 'paste')
    await using server = GatewayProcess.serveFrom({ program }, '--data-dir', dataDir)
    const { url, adminUrl } = await server.addresses()
    const [curl] = await server.said(
      /(curl -i \S+\/v1\/streams\/events -H 'Content-Type: application\/json' -d '.*')\n/,
    )
    expect(curl).toContain(url)
    const [, body] = /-d '(.*)'$/.exec(curl!) ?? []
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/v1/streams/events`, { method: 'POST', headers, body: body! })).status).toBe(
      202,
    )
    expect(await (await fetch(`${adminUrl}/metrics`)).text()).toContain(
      '\nspillway_events_accepted_total{stream="events"} 1\n',
    )
    server.signal('SIGTERM')
    expect((await server.ended()).code).toBe(0)
    expect(await readFile(join(dataDir, 'events.ndjson'), 'utf8')).toBe(`${body}\n`)
  })

  it('says that a port is in use, and exits with 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const ended = await run('--port', String(port), '--admin-port', '0', '--data-dir', folder)
    other.close()
    expect(ended.code).toBe(1)
    expect(ended.stderr).toContain(
      `spillway: 127.0.0.1:${port} is in use by another process; stop it, or choose another port (listen, --port)`,
    )
  })

  it('names the nearest option, command or setting that it knows, and exits with 1', async () => {
    const file = join(folder, 'typo.yaml')
    await writeFile(
      file,
      'streams:\n  orders:\n    class: best-effort\n    windw: { items: 5 }\n    whenFull: block\n    sink: { type: stdout }\n',
    )
    const ended = await Promise.all([
      run('--data-dri', 'x'),
      run('serv'),
      run('--config', file),
      run('--port', '99999'),
    ])
    expect(ended.map(({ code }) => code)).toEqual([1, 1, 1, 1])
    expect(ended[0]!.stderr).toContain("unknown option '--data-dri'\n(Did you mean --data-dir?)")
    expect(ended[1]!.stderr).toContain("unknown command 'serv'\n(Did you mean serve?)")
    expect(ended[2]!.stderr).toContain(
      `${file}:4:5 streams.orders has no setting "windw"; did you mean "window"?`,
    )
    expect(ended[3]!.stderr).toContain('It must be a port from 0 to 65535.')
  })

  it('lists every option with its default and its variable', async () => {
    const { stdout } = await run('--help')
    expect(stdout).toContain('--data-dir <value>')
    expect(stdout).toMatch(/default:\s+\.\/data/)
    expect(stdout).toContain('SPILLWAY_DATA_DIR')
    for (const command of ['serve', 'check', 'schema', 'size', 'dead-letters', 'stats']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
    }
  })
})

describe('spillway schema', () => {
  it('prints the JSON Schema of the configuration', async () => {
    const { code, stdout } = await run('schema')
    expect(code).toBe(0)
    const schema = JSON.parse(stdout)
    expect(schema.$schema).toBe('https://json-schema.org/draft/2020-12/schema')
    expect(Object.keys(schema.properties)).toEqual(expect.arrayContaining(['listen', 'tenants', 'streams']))
  })
})
