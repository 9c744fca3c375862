import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { FeedClient } from './feed/feed-client.ts'
import { NumberedLines } from './feed/numbered-lines.ts'
import { RunningGateway } from './running-gateway.ts'

/** A volume of 96 MiB, of which the store leaves 64 MiB free and a file takes 30. */
const volume = await mkdtemp(join(tmpdir(), 'spillway-full-'))
const isMounted =
  process.platform === 'linux' &&
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96m', 'tmpfs', volume]).status === 0
if (!isMounted) console.warn('SKIPPED: a small volume cannot be mounted here; nothing is known of full disks')

afterAll(async () => {
  if (isMounted) spawnSync('umount', [volume])
  await rm(volume, { recursive: true, force: true })
})

describe.skipIf(!isMounted)('a feed onto a disk that becomes full', () => {
  it('is 503, says how many were stored, and exactly those are delivered', async () => {
    await using running = await RunningGateway.start(
      `
streams:
  kept: { class: critical, window: { items: 1000 }, backlog: { items: 1000000, bytes: 1GiB, maxAgeMs: 86400000 }, sink: { type: file, path: DIR/kept.ndjson } }
`,
      volume,
    )
    await writeFile(join(volume, 'filler'), Buffer.alloc(30 * 2 ** 20))
    const numbers = new NumberedLines(1000)
    const client = new FeedClient(running.port, 'kept')
    await numbers.send(client, 64 * 2 ** 20)
    const answer = await client.answer()
    expect(answer).toMatchObject({
      status: 503,
      json: { code: 'ERR_STORE_NO_SPACE', durability: 'disk', duplicates: 0, started: true, retryable: true },
    })
    const { accepted, line } = answer.json as { accepted: number; line: number }
    expect(line).toBe(accepted + 1)
    const counted = async (name: string): Promise<number> =>
      (await running.scrape()).sum(name, { stream: 'kept' })
    expect(await counted('events_accepted_total')).toBe(accepted)
    while ((await counted('events_delivered_total')) < accepted);
    const expected = Array.from({ length: accepted }, (_, index) => numbers.line(index)).join('')
    expect(await running.read('kept.ndjson')).toBe(expected)
  })
})
