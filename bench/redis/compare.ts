/**
 * Question: how many decisions a second do four processes make on one Redis, exact and leased?
 * Workload: one quota on one redis-server on the same machine; each process asks without pause, 32 asks in flight
 *   where an ask takes a round trip. "within": the quota is never used up; "over": it gives 10,000 a second.
 * Read it as: what a decision costs the fleet. It says nothing about latency, nor about a Redis with a machine to
 *   itself. rate-limiter-flexible counts in fixed windows, which admit up to twice the quota around their edges.
 *
 * `npm run bench -- redis [--quick]`. It needs a redis-server.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from '../harness/prepare.ts'

const PROCESSES = 4
const SUBJECTS = ['Spillway RedisRateLimiter', 'rate-limiter-flexible', 'Spillway LeasedRateLimiter'] as const
const QUOTAS = { within: 1e9, over: 10_000 } as const

type Subject = (typeof SUBJECTS)[number]
type Quota = keyof typeof QUOTAS

/** What one process did. */
interface Count {
  readonly decisions: number
  readonly admitted: number
  /** Processor time of the process itself. */
  readonly cpuUs: number
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo // a TCP server has one
  probe.close()
  await once(probe, 'close')
  return port
}

async function startRedis(folder: string): Promise<{ readonly port: number; readonly child: ChildProcess }> {
  const port = await freePort()
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ]
  const child = spawn('redis-server', settings, { stdio: 'ignore' })
  const failed = once(child, 'error').then(([error]) => {
    throw new Error('there is no redis-server on the PATH (Debian: apt-get install redis-server)', {
      cause: error,
    })
  })
  for (let attempt = 0; attempt < 100; attempt++) {
    await Promise.race([failed, new Promise((resolve) => setTimeout(resolve, 50))])
    if (await listens(port)) return { port, child }
  }
  throw new Error('redis-server does not answer')
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const end = (isThere: boolean): void => {
      socket.destroy()
      resolve(isThere)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
  })
}

/** Four processes, all at once: their decisions a second together, and what one of those costs its process. */
async function measure(port: number, subject: Subject, quota: Quota, ms: number): Promise<Count> {
  const name = `${quota}-${process.hrtime.bigint()}`
  const args = [String(port), subject, name, String(QUOTAS[quota]), String(ms)]
  const children = Array.from({ length: PROCESSES }, () =>
    // The package as it is built: to run its sources costs half as much again.
    fork(fileURLToPath(new URL('asker.ts', import.meta.url)), args, { execArgv: ['--import', 'tsx'] }),
  )
  await Promise.all(children.map((child) => once(child, 'message')))
  for (const child of children) child.send('start')
  const counts = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as Count)) // asker.ts
  const sum = (what: keyof Count): number => counts.reduce((total, count) => total + count[what], 0)
  const perSecond = (what: keyof Count): number => (sum(what) * 1000) / ms
  return {
    decisions: perSecond('decisions'),
    admitted: perSecond('admitted'),
    cpuUs: sum('cpuUs') / sum('decisions'),
  }
}

function summary(values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number): string => sorted[Math.round(share * (sorted.length - 1))]!.toFixed(digits)
  return `${at(0.5)} (${at(0)}–${at(1)})`
}

const MS = 2000

/** Measures and prints the table. `--quick` for one round. */
export async function compareRedis(args: readonly string[]): Promise<number> {
  const rounds = args.includes('--quick') ? 1 : 5
  build(console.error)
  const folder = mkdtempSync(join(tmpdir(), 'spillway-bench-redis-'))
  const { port, child } = await startRedis(folder)
  try {
    console.log(
      `Four processes, one redis-server, ${rounds} interleaved rounds of ${MS} ms; median (least–most)\n`,
    )
    console.log(
      '| quota | limiter | thousand decisions a second | beside RedisRateLimiter | admitted a second | client, µs a decision |',
    )
    console.log('|---|---|---|---|---|---|')
    for (const quota of ['within', 'over'] as const) console.log(await compareWith(port, quota, rounds))
  } finally {
    child.kill('SIGKILL')
    await once(child, 'exit')
    rmSync(folder, { recursive: true, force: true })
  }
  return 0
}

/** The rows of one quota. */
async function compareWith(port: number, quota: Quota, rounds: number): Promise<string> {
  const counts = new Map<Subject, Count[]>(SUBJECTS.map((subject) => [subject, []]))
  for (let round = 0; round < rounds; round++) {
    for (const subject of SUBJECTS) counts.get(subject)!.push(await measure(port, subject, quota, MS))
  }
  const base = counts.get(SUBJECTS[0])!
  const rows = [...counts].map(([subject, list]) => {
    const ratios = list.map(({ decisions }, round) => decisions / base[round]!.decisions)
    const thousands = summary(
      list.map(({ decisions }) => decisions / 1000),
      1,
    )
    const admitted = summary(
      list.map((count) => count.admitted),
      0,
    )
    const cpuUs = summary(
      list.map((count) => count.cpuUs),
      2,
    )
    return `| ${quota} | ${subject} | ${thousands} | ${summary(ratios, 2)} | ${admitted} | ${cpuUs} |`
  })
  return rows.join('\n')
}
