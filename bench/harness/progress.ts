/**
 * Says how far a run is: a moving line on a terminal, one line for each round
 * and topic elsewhere.
 */
import type { Step } from './rounds.ts'

/** Told before each measurement and at the end. */
export interface Progress {
  step(step: Step, done: number, total: number): void
  end(): void
}

/** What is used of the package `ora`; it is installed beside the compared packages. */
interface Ora {
  text: string
  start(): Ora
  stop(): Ora
}

/** A moving line on a terminal, plain lines elsewhere. */
export async function openProgress(rounds: number): Promise<Progress> {
  return process.stderr.isTTY ? await movingLine(rounds) : plainLines(rounds)
}

async function movingLine(rounds: number): Promise<Progress> {
  const name = 'ora'
  // A computed name, because the root's type check runs without bench's packages; the interface above is ours.
  const { default: ora } = (await import(name)) as { default: (options: { text: string }) => Ora }
  const spinner = ora({ text: 'starting' }).start()
  const startMs = performance.now()
  return {
    step({ round, benchmark, subject }, done, total) {
      const leftMs = done === 0 ? undefined : ((performance.now() - startMs) / done) * (total - done)
      const left = leftMs === undefined ? '' : `, ${duration(leftMs)} left`
      spinner.text = `round ${round + 1} of ${rounds}${left}: ${benchmark.name}, ${subject}`
    },
    end: () => void spinner.stop(),
  }
}

function plainLines(rounds: number): Progress {
  let last = ''
  return {
    step({ round, benchmark }) {
      const line = `round ${round + 1} of ${rounds}: ${benchmark.topic}`
      if (line !== last) console.error(line)
      last = line
    },
    end() {},
  }
}

/** Minutes and seconds for a person. */
export function duration(ms: number): string {
  const seconds = Math.round(ms / 1000)
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
