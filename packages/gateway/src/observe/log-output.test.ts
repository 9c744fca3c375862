import fc from 'fast-check'
import { expect, it } from 'vitest'
import { LogOutput, standardErrorTaker } from './log-output.ts'

/** A pipe of so many bytes, that is emptied when told. */
class Pipe {
  received = ''
  #held = ''
  readonly #bytes: number

  constructor(bytes: number) {
    this.#bytes = bytes
  }

  readonly take = (bytes: Uint8Array): number => {
    const taken = Buffer.from(bytes).subarray(0, this.#bytes - this.#held.length)
    this.#held += taken.toString()
    return taken.length
  }

  empty(): void {
    this.received += this.#held
    this.#held = ''
  }
}

const outputTo = (pipe: Pipe): LogOutput => new LogOutput(pipe.take, (lost) => `lost ${lost}\n`)

it('passes lines on as they come', () => {
  const pipe = new Pipe(100)
  const output = outputTo(pipe)
  output.write('one\n')
  output.write('two\n')
  pipe.empty()
  expect(pipe.received).toBe('one\ntwo\n')
})

it('loses what is not taken at once, and says how much it was with the next line', () => {
  const pipe = new Pipe(8)
  const output = outputTo(pipe)
  for (const line of ['one\n', 'two\n', 'three\n', 'four\n']) output.write(line)
  pipe.empty()
  output.write('five\n')
  pipe.empty()
  output.write('six\n')
  pipe.empty()
  expect(pipe.received).toBe('one\ntwo\nlost 2\nfive\nsix\n')
})

it('never tears a line, and accounts for every one, however the other end reads', () => {
  const steps = fc.array(fc.oneof(fc.constant('read' as const), fc.integer({ min: 1, max: 30 })), {
    maxLength: 200,
  })
  fc.assert(
    fc.property(steps, fc.integer({ min: 8, max: 60 }), (all, bytes) => {
      const pipe = new Pipe(bytes)
      const output = outputTo(pipe)
      let written = 0
      for (const step of all) {
        if (step === 'read') pipe.empty()
        else {
          output.write(`${'x'.repeat(step)}\n`)
          written++
        }
      }
      for (let last = 0; last < 20; last++) {
        pipe.empty()
        output.write('end\n')
        written++
      }
      pipe.empty()
      const lines = pipe.received.trimEnd().split('\n')
      const lost = lines.reduce((sum, line) => sum + Number(/^lost (\d+)$/.exec(line)?.[1] ?? 0), 0)
      expect(lines.every((line) => /^(x{1,30}|end|lost \d+)$/.test(line))).toBe(true)
      expect(lines.filter((line) => !line.startsWith('lost')).length + lost).toBe(written)
    }),
  )
})

it('listens to standard error once, however many logs a process has', () => {
  standardErrorTaker()
  const listeners = process.stderr.listenerCount('error')
  standardErrorTaker()
  expect(process.stderr.listenerCount('error')).toBe(listeners)
})
