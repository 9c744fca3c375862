/**
 * The two candidates of the spike behind one face: LMDB, and the disk store.
 *
 * LMDB is not a dependency: `npm install --no-save lmdb@3.5.6` brings it for a spike, or LMDB_MODULE names its file.
 */
import { mkdirSync } from 'node:fs'
import { DiskStore } from '../../../packages/gateway/src/store/disk/disk-store.ts'

/** A queue of numbered events of one size. */
export interface Candidate {
  /** Puts events and resolves when they are flushed. */
  put(count: number): Promise<void>
  /** Reads and removes the next events; resolves with how many there were. */
  take(max: number): Promise<number>
  count(): number
  close(): Promise<void>
}

/** Opens a candidate by its name. */
export async function openCandidate(name: string, directory: string, bytes: number): Promise<Candidate> {
  mkdirSync(directory, { recursive: true })
  if (name === 'lmdb') return openLmdb(directory, bytes)
  if (name === 'disk') return openDisk(directory, bytes)
  throw new Error(`unknown candidate "${name}"; there are lmdb and disk`)
}

async function openDisk(directory: string, bytes: number): Promise<Candidate> {
  const store = await DiskStore.open({ directory })
  const unbounded = Number.POSITIVE_INFINITY
  const stream = await store.openStream('spike', {
    backlog: { items: unbounded, bytes: unbounded, maxAgeMs: unbounded },
    deadLetters: { items: 1, bytes: 1 },
  })
  const payload = Buffer.alloc(bytes, 65)
  let next = 0
  let cursor = 0
  const anEvent = (): Parameters<typeof stream.append>[0][number] => ({
    id: `event-${++next}`,
    receivedAtMs: Date.now(),
    tenant: 'spike',
    contentType: 'application/json',
    payload,
  })
  return {
    async put(count) {
      const result = await stream.append(Array.from({ length: count }, anEvent))
      if (!result.taken) throw new Error(result.detail)
    },
    async take(max) {
      const events = await stream.read({ after: cursor, maxItems: max })
      cursor = events.at(-1)?.seq ?? cursor
      return stream.settle(
        events.map((event) => event.seq),
        'delivered',
      )
    },
    count: () => stream.counts().backlog.items,
    close: () => store.close(),
  }
}

async function openLmdb(directory: string, bytes: number): Promise<Candidate> {
  const moduleName: string = process.env['LMDB_MODULE'] ?? 'lmdb'
  const { open } = await import(moduleName)
  const db = open({ path: directory, encoding: 'binary', keyEncoding: 'binary', overlappingSync: false })
  const value = Buffer.alloc(bytes + 40, 65)
  const key = (n: number): Buffer => {
    const target = Buffer.allocUnsafe(8)
    target.writeBigUInt64BE(BigInt(n))
    return target
  }
  let first = 0
  let next = db.getStats().entryCount
  return {
    put(count) {
      if (count === 1) return db.put(key(next++), value)
      return db.batch(() => {
        for (let i = 0; i < count; i++) db.put(key(next++), value)
      })
    },
    async take(max) {
      const keys: Buffer[] = []
      for (const row of db.getRange({ start: key(first), limit: max })) keys.push(Buffer.from(row.key))
      first += keys.length
      await db.batch(() => {
        for (const each of keys) db.remove(each)
      })
      return keys.length
    },
    count: () => db.getStats().entryCount,
    close: () => db.close(),
  }
}
