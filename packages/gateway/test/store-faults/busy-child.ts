/**
 * A process that uses a disk store as hard as it can and says what it was
 * promised: one line for each acknowledged event (`a id`), each event about to
 * be settled (`s id`) and each event set aside (`d id`). It is made to be killed.
 *
 * usage: busy-child.ts DIRECTORY FIRST_ID [no-flush]
 */

import { writeSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { DiskStore } from '../../src/store/disk/disk-store.ts'
import type { NewEvent, StreamStore } from '../../src/store/store.ts'
import { systemCode } from '../../src/store/store-error.ts'
import { payloadOf } from './busy-payload.ts'

/** Says a line at once; when the pipe is full, when it no longer is. */
function say(line: string): void {
  for (;;) {
    try {
      writeSync(1, `${line}\n`)
      return
    } catch (error) {
      if (systemCode(error) !== 'EAGAIN') throw error
    }
  }
}

/** The store as it would be had somebody left out the flush. */
async function leaveOutFlush(): Promise<void> {
  const handle = await open('/dev/null', 'r')
  const prototype: object = Object.getPrototypeOf(handle)
  await handle.close()
  Reflect.set(prototype, 'datasync', async () => {})
}

/** A flush failed: what is refused must stay refused. The exit code says whether it did. */
async function giveUp(reason: string): Promise<void> {
  const again = await stream.append([])
  const isPoisoned =
    reason === 'failed' && !again.taken && again.reason === 'failed' && !store.health().healthy
  process.exit(isPoisoned ? 70 : 71)
}

async function write(stream: StreamStore, ids: Generator<string>): Promise<void> {
  for (let i = 0; ; i++) {
    const size = i % 5 === 0 ? 7 : 1
    const batch = Array.from({ length: size }, () => ids.next().value ?? '')
    const events = batch.map((id): NewEvent => {
      const fixed = { tenant: 't', contentType: 'text/plain', receivedAtMs: Date.now(), dedupe: true }
      // The key names the whole batch, so that half of one is noticed.
      return { ...fixed, id, key: batch.join(' '), payload: payloadOf(id) }
    })
    const result = await stream.append(events)
    if (!result.taken) await giveUp(result.reason)
    for (const event of events) say(`a ${event.id}`)
  }
}

async function deliver(stream: StreamStore): Promise<void> {
  let after = 0
  for (;;) {
    const events = await stream.read({ after, maxItems: 20 })
    after = events.at(-1)?.seq ?? after
    for (const event of events) {
      const turn = event.seq % 10
      if (turn < 7) {
        say(`s ${event.id}`)
        await stream.settle([event.seq], 'delivered')
      } else if (turn === 7 && (await stream.deadLetter(event.seq, 'refused'))) say(`d ${event.id}`)
      else if (turn === 8) await stream.defer([{ seq: event.seq, attempts: 1, dueAtMs: 1 }])
    }
    await new Promise((resolve) => {
      setTimeout(resolve, 1)
    })
  }
}

function* idsFrom(first: number): Generator<string> {
  for (let i = first; ; i++) yield `e${i}`
}

const [directory = '', first = '0', build] = process.argv.slice(2)
if (build === 'no-flush') await leaveOutFlush()
const store = await DiskStore.open({ directory, segmentBytes: 16_384, minFreeBytes: 0 })
const stream = await store.openStream('events', {
  backlog: { items: 1e6, bytes: 1e9, maxAgeMs: 1e9 },
  deadLetters: { items: 1e6, bytes: 1e9 },
  dedupe: { windowMs: 1e9, maxKeys: 1e6 },
})
const ids = idsFrom(Number(first))
say('ready')
// When the journal fails too, the writers are still to be answered.
const delivery = deliver(stream).catch(() => {})
await Promise.all([delivery, ...Array.from({ length: 8 }, () => write(stream, ids))])
