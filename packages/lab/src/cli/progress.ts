/**
 * How far a command is: a bar with the time left on a terminal, a plain line
 * every tenth elsewhere.
 */
import cliProgress from 'cli-progress'

/** Something that advances. */
export interface Progress {
  /** So much more is done; `what` was last. */
  advance(weight: number, what: string): void
  /** Nothing more comes. */
  stop(): void
}

/** Where it is shown: standard error, so that results can be piped. */
export function startProgress(total: number, output: NodeJS.WriteStream = process.stderr): Progress {
  return output.isTTY ? bar(total, output) : lines(total, output)
}

function bar(total: number, stream: NodeJS.WriteStream): Progress {
  const format = '{bar} {percentage} %  {eta_formatted} left  {what}'
  const options = { format, stream, hideCursor: true, etaBuffer: 50, clearOnComplete: true }
  const single = new cliProgress.SingleBar(options, cliProgress.Presets.shades_classic)
  single.start(Math.ceil(total), 0, { what: '' })
  return {
    advance: (weight, what) => single.increment(weight, { what }),
    stop: () => single.stop(),
  }
}

function lines(total: number, output: NodeJS.WriteStream): Progress {
  let [done, told] = [0, 0]
  return {
    advance(weight, what) {
      done += weight
      const tenths = Math.floor((10 * done) / total + 1e-9)
      if (tenths <= told) return
      told = tenths
      output.write(`${10 * tenths} % done, last ${what}\n`)
    },
    stop() {},
  }
}
