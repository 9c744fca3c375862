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

/** So much of a file is looked at before it is taken for text. */
const HEAD_BYTES = 4096

/**
 * The trace in a file.
 *
 * @throws Error when it is no text, holds no request, is in no known format, steps back in time, or can't be read
 */
export async function readTrace(path: string): Promise<Trace> {
  try {
    return await read(path)
  } catch (error) {
    // The system says why, and not always of which file.
    if (!(error instanceof Error && 'syscall' in error)) throw error
    throw new Error(`${path} cannot be read: ${error.message}`, { cause: error })
  }
}

async function read(path: string): Promise<Trace> {
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
      builder = new TraceBuilder(path, format)
      if (format.hasHead) continue
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
  const head = await headOf(path)
  if (head[0] === 0x1f && head[1] === 0x8b) {
    // An error of either is the reader's: it ends the loop over the lines.
    return pipeline(createReadStream(path), createGunzip(), () => {})
  }
  // Read as text, it might be one line as long as the file.
  if (head.includes(0)) throw new Error(`${path} is no text. ${FORMATS}`)
  return createReadStream(path)
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
