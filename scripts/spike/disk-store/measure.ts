/**
 * Question: which of the candidates keeps a queue on the disk better?
 * Workload: events of one size; `puts`: acknowledged puts from waiting writers, for four seconds
 * after two to warm up;
 * `fill`, `open`, `drain`: a backlog, in this order, each in a process of its own.
 * Read it as: a comparison on one machine, run alternately. It says nothing about damage and
 * failing flushes, which `damage.ts` and the tests of the store are for.
 *
 * usage: node --conditions=@spillway/source --import tsx scripts/spike/disk-store/measure.ts \
 *          PHASE lmdb|disk DIRECTORY [--writers 64] [--batch 1] [--bytes 200] [--gigabytes 1]
 */
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type Candidate, openCandidate } from './candidates.ts'

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    writers: { type: 'string', default: '64' },
    batch: { type: 'string', default: '1' },
    bytes: { type: 'string', default: '200' },
    gigabytes: { type: 'string', default: '1' },
  },
})
const [phase = '', name = '', directory = ''] = positionals
const bytes = Number(values.bytes)

const anonymousMb = (): number => {
  const status = readFileSync('/proc/self/status', 'utf8')
  return Math.round(Number(/RssAnon:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024)
}
const diskGb = (): string => {
  const files = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((each) =>
    each.isFile(),
  )
  const blocks = files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).blocks, 0)
  return ((blocks * 512) / 1e9).toFixed(2)
}
const seconds = (sinceMs: number): number => (performance.now() - sinceMs) / 1000
const at = (sorted: readonly number[], share: number): string =>
  (sorted[Math.floor(sorted.length * share)] ?? 0).toFixed(2)

/** Puts for `forS` seconds; what each waited for goes to `waits`. */
async function putFor(candidate: Candidate, forS: number, waits: number[]): Promise<void> {
  const batch = Number(values.batch)
  const startMs = performance.now()
  const writer = async (): Promise<void> => {
    while (seconds(startMs) < forS) {
      const askedMs = performance.now()
      await candidate.put(batch)
      waits.push(performance.now() - askedMs)
    }
  }
  await Promise.all(Array.from({ length: Number(values.writers) }, writer))
}

async function puts(candidate: Candidate): Promise<string> {
  await putFor(candidate, 2, [])
  const waits: number[] = []
  const before = process.cpuUsage()
  const startMs = performance.now()
  await putFor(candidate, 4, waits)
  const { user, system } = process.cpuUsage(before)
  waits.sort((a, b) => a - b)
  const count = waits.length * Number(values.batch)
  const rate = Math.round(count / seconds(startMs))
  const cpuUs = ((user + system) / count).toFixed(2)
  return `${rate} acknowledged/s, ${cpuUs} us of CPU each, p50 ${at(waits, 0.5)} ms, p99 ${at(waits, 0.99)} ms`
}

async function fill(candidate: Candidate): Promise<string> {
  const target = Math.floor((Number(values.gigabytes) * 1e9) / (bytes + 32))
  const startMs = performance.now()
  let count = 0
  const writer = async (): Promise<void> => {
    for (; count < target; count += 100) await candidate.put(100)
  }
  await Promise.all(Array.from({ length: 16 }, writer))
  return `${count} in ${seconds(startMs).toFixed(1)} s, ${Math.round(count / seconds(startMs))}/s`
}

async function drain(candidate: Candidate): Promise<string> {
  let heldMs = 0
  let lastMs = performance.now()
  const tick = setInterval(() => {
    heldMs = Math.max(heldMs, performance.now() - lastMs - 10)
    lastMs = performance.now()
  }, 10)
  const startMs = performance.now()
  let count = 0
  for (let taken = -1; taken !== 0; count += taken) taken = await candidate.take(1_000)
  clearInterval(tick)
  const rate = Math.round(count / seconds(startMs))
  return `${count} in ${seconds(startMs).toFixed(1)} s, ${rate}/s, event loop held up to ${heldMs.toFixed(0)} ms`
}

if (phase === 'puts' || phase === 'fill') rmSync(directory, { recursive: true, force: true })
const openMs = performance.now()
const candidate = await openCandidate(name, directory, bytes)
const opened = `open ${(performance.now() - openMs).toFixed(0)} ms, ${candidate.count()} events`
const run = { puts, fill, drain, open: async () => 'nothing done' }[phase]
if (!run) throw new Error(`unknown phase "${phase}"; there are puts, fill, open, drain`)
const result = await run(candidate)
console.log(
  `${phase} ${name}: ${opened}; ${result}; disk ${diskGb()} GB, anonymous memory ${anonymousMb()} MB`,
)
await candidate.close()
