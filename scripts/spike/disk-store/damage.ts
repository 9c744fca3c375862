/**
 * Question: what does LMDB say when its file is damaged?
 * Workload: 10,000 events of 240 bytes; a bit flipped, a page of zeros, or the file cut to half, each read in a
 * process of its own.
 * Read it as: what an operator sees. The disk store's answers are in `packages/gateway/test/store-trouble.test.ts`.
 *
 * usage: node --conditions=@spillway/source --import tsx scripts/spike/disk-store/damage.ts DIRECTORY [ROUNDS]
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { seededRandom } from 'spillway/testing'

const EVENTS = 10_000
const PAGE = 4_096
const [directory = '', rounds = '40', role] = process.argv.slice(2)
const file = join(directory, 'data.mdb')
const moduleName: string = process.env['LMDB_MODULE'] ?? 'lmdb'
const { open } = await import(moduleName)
const openDb = (): ReturnType<typeof open> =>
  open({ path: directory, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false })
const key = (n: number): Buffer => {
  const target = Buffer.alloc(8)
  target.writeBigUInt64BE(BigInt(n))
  return target
}

async function write(): Promise<void> {
  const db = openDb()
  for (let i = 0; i < EVENTS; i += 100) {
    await db.batch(() => {
      for (let k = i; k < i + 100; k++) db.put(key(k), Buffer.alloc(240, 7))
    })
  }
  await db.close()
}

async function read(): Promise<void> {
  const db = openDb()
  let wrong = 0
  let count = 0
  for (const row of db.getRange({})) {
    count++
    if (!Buffer.from(row.value).equals(Buffer.alloc(240, 7))) wrong++
  }
  await db.remove(key(0))
  await db.put(key(EVENTS), Buffer.alloc(240, 7))
  await db.close()
  console.log(count === EVENTS && wrong === 0 ? 'unharmed' : 'wrong values, not told')
}

const random = seededRandom(1)
const DAMAGES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'one bit': (bytes) => {
    const at = 2 * PAGE + Math.floor(random() * (bytes.length - 2 * PAGE))
    bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
    return bytes
  },
  'a page of zeros': (bytes) => {
    const page = 2 + Math.floor(random() * (bytes.length / PAGE - 2))
    return bytes.fill(0, page * PAGE, (page + 1) * PAGE)
  },
  'cut to half': (bytes) => bytes.subarray(0, bytes.length >> 1),
}

function outcomeOf(): string {
  const child = spawnSync(process.execPath, [
    ...process.execArgv,
    process.argv[1] ?? '',
    directory,
    '0',
    'read',
  ])
  if (child.signal) return `the process died of ${child.signal}`
  return child.status === 0 ? String(child.stdout).trim() : 'an error was told'
}

if (role === 'read') await read()
else {
  rmSync(directory, { recursive: true, force: true })
  mkdirSync(directory, { recursive: true })
  await write()
  const whole = readFileSync(file)
  for (const [damage, apply] of Object.entries(DAMAGES)) {
    const tally = new Map<string, number>()
    for (let i = 0; i < Number(rounds); i++) {
      writeFileSync(file, apply(Buffer.from(whole)))
      const outcome = outcomeOf()
      tally.set(outcome, (tally.get(outcome) ?? 0) + 1)
    }
    console.log(damage, Object.fromEntries(tally))
  }
}
