import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { readTrace } from './read-trace.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-lab-'))
afterAll(() => rmSync(folder, { recursive: true }))

function fileOf(text: string | Buffer): string {
  const path = join(folder, `${Math.random()}.log`)
  writeFileSync(path, text)
  return path
}

const line = (time: string): string =>
  `10.0.0.1 - - [17/May/2015:${time} +0000] "GET / HTTP/1.1" 200 5 "-" "-"`

describe('readTrace', () => {
  it('counts the lines of an access log in seconds, plain or gzipped', async () => {
    const text = [line('10:05:03'), line('10:05:05'), line('10:05:03')].join('\n')
    for (const path of [fileOf(text), fileOf(gzipSync(text))]) {
      const { startMs, binMs, counts } = await readTrace(path)
      expect([new Date(startMs).toISOString(), binMs]).toEqual(['2015-05-17T10:05:03.000Z', 1000])
      expect([...counts]).toEqual([2, 0, 1])
    }
  })

  it('takes the zone of a stamp into account', async () => {
    const trace = await readTrace(fileOf(line('10:05:03').replace('+0000', '+0200')))
    expect(new Date(trace.startMs).toISOString()).toBe('2015-05-17T08:05:03.000Z')
  })

  it.each(['time', 'ts', '@timestamp'])('reads JSON lines with a %s', async (key) => {
    const { counts } = await readTrace(fileOf(`{"${key}":"2026-01-01T00:00:00Z"}\n{"${key}":1767225602}\n`))
    expect([...counts]).toEqual([1, 0, 1])
  })

  it('reads counts for each minute, with a head or without', async () => {
    for (const head of ['period,count\n', '']) {
      const { counts, binMs } = await readTrace(
        fileOf(`${head}1998-07-07 00:00:00,8981\n1998-07-07 00:01:00,7\n`),
      )
      expect([[...counts], binMs]).toEqual([[8981, 7], 60_000])
    }
  })

  it.each([
    [
      'seconds',
      '2026-01-01T00:00:00Z,5\n2026-01-01T00:00:01Z,7\n2026-01-01T00:00:03Z,1\n',
      1000,
      [5, 7, 0, 1],
    ],
    ['hours', '2026-01-01T00:00:00Z,3600\n2026-01-01T01:00:00Z,7200\n', 3_600_000, [3600, 7200]],
    ['one minute, where there is but one', '2026-01-01T00:00:30Z,60\n', 60_000, [60]],
  ])(
    'takes counts for those of the smallest step from line to line: %s',
    async (_what, text, binMs, counts) => {
      const trace = await readTrace(fileOf(text))
      expect([[...trace.counts], trace.binMs]).toEqual([counts, binMs])
    },
  )

  it('counts the lines that say nothing, and names the first', async () => {
    const trace = await readTrace(fileOf([line('10:05:03'), 'rubbish', 'more'].join('\n')))
    expect([trace.badLines, trace.firstBad]).toEqual([2, 'line 2: rubbish'])
  })

  it.each<[string, string, RegExp]>([
    ['an empty file', '', /holds no request: it is empty/],
    ['a foreign one', 'one\ntwo\n', /none of its 2 lines is a request; line 1: one/],
    ['a long foreign one', 'word\n'.repeat(50), /the first 11 lines are in no known format. Readable are/],
    [
      'counts that step back',
      '1998-07-07 00:01:00,1\n1998-07-07 00:00:00,1\n',
      /:2: time steps back by 60 s, to 1998-07-07 00:00:00/,
    ],
    [
      'what is no text',
      Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1]).toString('latin1'),
      /is no text. Readable are/,
    ],
    ['what would ring a terminal', '\u001b]0;title\u0007\n', /line 1: \ufffd\]0;title\ufffd\./],
    ['a log that steps back', `${line('10:05:03')}\n${line('09:05:03')}`, /:2: time steps back by 3600 s/],
  ])('says clearly what is wrong with %s', async (_what, text, sentence) => {
    await expect(readTrace(fileOf(text))).rejects.toThrow(sentence)
  })

  it.each([
    ['there is no such file', 'none.log', /none.log cannot be read: ENOENT: no such file/],
    ['it is a folder', '.', / cannot be read: EISDIR/],
  ])('says so when %s', async (_what, name, sentence) => {
    await expect(readTrace(join(folder, name))).rejects.toThrow(sentence)
  })
})
