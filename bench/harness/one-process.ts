/**
 * One measurement: one subject in a fresh process of its own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { type Benchmark, isGo, type Scale, type Subject } from './benchmark.ts'
import { BENCH_DIR, type GoTools } from './prepare.ts'

/** A subject that hangs is stopped after this time, and has no figure. */
const LIMIT_MS = 60_000

/** A figure, or why there is none. `skipped` is nobody's fault. */
export type Outcome = { readonly figure: number } | { readonly skipped: string } | { readonly failed: string }

/** How to start the processes. */
export interface ProcessOptions {
  readonly scale: Scale
  /** The processor to run on. */
  readonly pin: number | undefined
  readonly go: GoTools
}

/** Measures one subject once. Never rejects. */
export function measureInProcess(
  benchmark: Benchmark,
  subjectName: string,
  options: ProcessOptions,
): Promise<Outcome> {
  const subject = benchmark.subjects[subjectName]
  if (!subject) return Promise.resolve({ failed: 'no such subject' })
  const command = commandFor(subject, [benchmark.name, subjectName], options)
  return 'skipped' in command ? Promise.resolve(command) : runToEnd(pinned(command, options.pin))
}

/** Whether processes can be pinned here. */
export function canPin(): boolean {
  return spawnSync('taskset', ['--version']).status === 0
}

type Command = readonly string[]

function commandFor(
  subject: Subject,
  names: readonly string[],
  { scale, go }: ProcessOptions,
): Command | { readonly skipped: string } {
  if (!isGo(subject)) {
    const child = join(BENCH_DIR, 'dist', 'harness', 'child.js')
    return [process.execPath, '--expose-gc', '--no-warnings', child, ...names, scale]
  }
  const reason = Object.entries(go.skipped).find(([prefix]) => subject.go.startsWith(prefix))?.[1]
  return reason === undefined ? [go.file, subject.go] : { skipped: reason }
}

function pinned(command: Command, pin: number | undefined): Command {
  return pin === undefined ? command : ['taskset', '--cpu-list', String(pin), ...command]
}

function runToEnd([file = '', ...args]: Command): Promise<Outcome> {
  return new Promise((resolve) => {
    const env = { ...process.env, NODE_ENV: 'production', NODE_OPTIONS: '' }
    const child = spawn(file, args, { cwd: BENCH_DIR, env, timeout: LIMIT_MS, killSignal: 'SIGKILL' })
    let output = ''
    let errors = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      errors += chunk
    })
    child.on('error', (error) => resolve({ failed: error.message }))
    child.on('close', (code, signal) => {
      if (code === 0) resolve(readFigure(output))
      else if (signal === 'SIGKILL') resolve({ failed: `no answer within ${LIMIT_MS / 1000} s` })
      else resolve({ failed: errorLine(errors) ?? `exit code ${code}` })
    })
  })
}

/** The figure on the last line of what a measured process said. */
export function readFigure(output: string): Outcome {
  const lastLine = output.trim().split('\n').at(-1) ?? ''
  try {
    const answer: unknown = JSON.parse(lastLine)
    if (typeof answer === 'object' && answer !== null && 'figure' in answer) {
      const { figure } = answer
      if (typeof figure === 'number' && Number.isFinite(figure)) return { figure }
    }
  } catch {
    // Said below: the line is shown.
  }
  return { failed: `no figure in "${lastLine.slice(0, 80)}"` }
}

/** The line of an error output that says what went wrong. */
export function errorLine(errors: string): string | undefined {
  const lines = errors.split('\n').map((line) => line.trim())
  return lines.find((line) => /^[A-Za-z]*Error\b/.test(line)) ?? lines.find((line) => line !== '')
}
