/**
 * The services that are overloaded: the gateway with its two stores, and the
 * service that the pattern describes, in Go. Each holds 200 events, and waits
 * 100 ms for room.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { OverloadedService } from '../../../packages/gateway/test/overload/overload-run.ts'
import { BENCH_DIR, ROOT_DIR } from '../../harness/prepare.ts'

const CAPACITY = 200
const WAIT_MS = 100
/** As many as the gateway may learn to use at most. */
const CONSUMERS = 64

/** How to start a service in front of a consumer. */
export interface Contender {
  readonly name: string
  start(consumerPort: number): Promise<RunningService>
}

/** A service, running. */
export interface RunningService extends OverloadedService {
  stop(): Promise<void>
}

/** All that can be started on this machine. */
export function contenders(say: (line: string) => void): readonly Contender[] {
  const gateways = [gateway('gateway, on the disk', DISK), gateway('gateway, in memory', MEMORY)]
  const program = buildGoService()
  if (program !== undefined) return [...gateways, goService(program)]
  say('no go on the PATH: the service in Go is left out')
  return gateways
}

const DISK = `class: critical, backlog: { items: ${CAPACITY}, bytes: 16MiB, maxAgeMs: 86400000 }`
const MEMORY = 'class: best-effort, store: memory, whenFull: block'

function gateway(name: string, kind: string): Contender {
  return {
    name,
    async start(consumerPort) {
      // Beside the repository, not in a /tmp that may be memory.
      const folder = mkdtempSync(join(ROOT_DIR, '.cache-bench-'))
      const config = join(folder, 'overload.yaml')
      const sink = `{ type: http, url: "http://127.0.0.1:${consumerPort}/events" }`
      writeFileSync(
        config,
        `dataDir: ${folder}/data
logLevel: error
streams:
  events: { ${kind}, window: { items: ${CAPACITY} }, enqueueTimeoutMs: ${WAIT_MS}, sink: ${sink} }
`,
      )
      const program = join(ROOT_DIR, 'packages', 'gateway', 'dist', 'main.js')
      const args = [program, '--port', '0', '--admin-port', '0', '--config', config]
      const { child, url } = await startProcess(process.execPath, args)
      return service(child, `${url}`, '/v1/streams/events', () =>
        rmSync(folder, { recursive: true, force: true }),
      )
    },
  }
}

function goService(program: string): Contender {
  return {
    name: 'channel and handler, Go',
    async start(consumerPort) {
      const consumer = `http://127.0.0.1:${consumerPort}/events`
      const { child, url } = await startProcess(program, [consumer, String(CAPACITY), String(CONSUMERS)])
      return service(child, url, '/events', () => {})
    },
  }
}

function buildGoService(): string | undefined {
  const file = join(BENCH_DIR, 'dist', 'go-service')
  mkdirSync(join(BENCH_DIR, 'dist'), { recursive: true })
  const source = fileURLToPath(new URL('../go-service/main.go', import.meta.url))
  const env = { ...process.env, GO111MODULE: 'off' }
  const { status } = spawnSync('go', ['build', '-o', file, source], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return status === 0 ? file : undefined
}

async function startProcess(
  command: string,
  args: readonly string[],
): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], cwd: ROOT_DIR })
  let said = ''
  for await (const chunk of child.stdout) {
    said += chunk
    const url = /takes events at (\S+),/.exec(said)?.[1]
    if (url !== undefined) return { child, url }
  }
  throw new Error(`${command} ended without saying where it is: ${said}`)
}

function service(child: ChildProcess, url: string, path: string, clean: () => void): RunningService {
  return {
    url,
    path,
    pid: child.pid ?? 0,
    async stop() {
      child.kill('SIGKILL')
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
      clean()
    },
  }
}
