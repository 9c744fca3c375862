/**
 * Reads a trace from a file, line by line, plain or gzipped.
 */
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { formatOf, type TraceFormat } from './formats.ts'
import { FORMATS, type Trace, TraceBuilder } from './trace.ts'

/**
 * The trace in a file.
 *
 * @throws Error when it holds no request, is in no known format, steps back in time, or can't be read
 */
export async function readTrace(path: string): Promise<Trace> {
  const lines = createInterface({ input: await openText(path), crlfDelay: Number.POSITIVE_INFINITY })
  let [number, format, builder]: [number, TraceFormat | undefined, TraceBuilder] = [
    0,
    undefined,
    emptyBuilder(path),
  ]
  for await (const raw of lines) {
    number++
    const line = number === 1 ? raw.replace(/^\uFEFF/, '') : raw
    if (line.trim() === '') continue
    if (!format) {
      format = formatOf(line)
      if (!format) {
        if (number > 10)
          throw new Error(`${path}: the first ${number} lines are in no known format. ${FORMATS}`)
        builder.bad(line, number)
        continue
      }
      const { binMs, mostBackMs, hasHead } = format
      builder = new TraceBuilder(path, { binMs, mostBackMs })
      if (hasHead) continue
    }
    const said = format.parse(line)
    if (said) builder.add(said.atMs, said.count, number)
    else builder.bad(line, number)
  }
  return builder.build()
}

function emptyBuilder(path: string): TraceBuilder {
  return new TraceBuilder(path, { binMs: 1000, mostBackMs: 0 })
}

async function openText(path: string): Promise<Readable> {
  const file = await open(path)
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0)
  await file.close()
  const stream = createReadStream(path)
  if (buffer[0] !== 0x1f || buffer[1] !== 0x8b) return stream
  // An error of either is the reader's: it ends the loop over the lines.
  return pipeline(stream, createGunzip(), () => {})
}
