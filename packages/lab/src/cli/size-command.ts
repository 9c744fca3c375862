/**
 * `lab size`: how big should my queue be?
 */
import { readFile } from 'node:fs/promises'
import { type Command, createCommand, Option } from 'commander'
import type { SizingOptions } from 'spillway'
import { adviceOn } from '../sizing/advise.ts'
import { type MeasuredService, readServiceTimes } from '../sizing/service-times.ts'
import { examplesText } from './examples.ts'
import { integer, notNegative, positive } from './parse-options.ts'

interface SizeOptions {
  readonly rate?: number
  readonly serviceRate?: number
  readonly serviceP99?: number
  readonly serviceTimes?: string
  readonly workers: number
  readonly deadline: number
  readonly lossTarget?: number
  readonly arrivalScv?: number
  readonly burstRate?: number
  readonly burstMs?: number
  readonly itemBytes?: number
  readonly memory?: number
}

/** The command. */
export function sizeCommand(): Command {
  const option = (flags: string, description: string, parser: (text: string) => number = positive): Option =>
    new Option(flags, description).argParser(parser)
  return createCommand('size')
    .description('Says how big a queue should be, where the number comes from, and what no buffer can fix.')
    .addOption(
      option(
        '--deadline <ms>',
        'from arrival to the end of the work: later is of no use',
      ).makeOptionMandatory(),
    )
    .addOption(option('--rate <perSecond>', 'arrivals'))
    .addOption(option('--service-rate <perSecond>', 'what all workers together can do'))
    .addOption(option('--service-p99 <ms>', 'the service time of one in a hundred', notNegative))
    .addOption(
      new Option(
        '--service-times <file>',
        'measured service times in milliseconds, one a line, instead of both',
      ),
    )
    .addOption(option('--workers <count>', 'how many workers', integer(1, 1e6)).default(1))
    .addOption(option('--loss-target <share>', 'the share that may find it full (default: 0.001)'))
    .addOption(option('--arrival-scv <number>', 'how bursty arrivals are; 1 is Poisson', notNegative))
    .addOption(option('--burst-rate <perSecond>', 'a burst that must be held: its rate'))
    .addOption(option('--burst-ms <ms>', 'and how long it lasts'))
    .addOption(option('--item-bytes <bytes>', 'the size of an item'))
    .addOption(option('--memory <bytes>', 'what the queue may take'))
    .addHelpText('after', examplesText('size'))
    .action(async (options: SizeOptions) => {
      for (const line of adviceOn(await questionOf(options))) console.log(line)
    })
}

async function questionOf(options: SizeOptions): Promise<SizingOptions> {
  const { rate, deadline, workers, lossTarget, arrivalScv, burstRate, burstMs, itemBytes, memory } = options
  if ((burstRate === undefined) !== (burstMs === undefined)) {
    throw new Error('--burst-rate and --burst-ms go together: a burst has a rate and a length')
  }
  const burst = burstRate && burstMs ? { ratePerSecond: burstRate, durationMs: burstMs } : undefined
  return {
    ...(await serviceOf(options)),
    deadlineMs: deadline,
    workers,
    arrivalRatePerSecond: rate,
    lossTarget,
    arrivalScv,
    burst,
    itemBytes,
    memoryBytes: memory,
  }
}

async function serviceOf(
  options: SizeOptions,
): Promise<Pick<SizingOptions, 'serviceRatePerSecond' | 'serviceP99Ms' | 'serviceScv'>> {
  const { serviceTimes, serviceRate, serviceP99, workers } = options
  if (serviceTimes !== undefined) {
    const measured = readServiceTimes(serviceTimes, await readFile(serviceTimes, 'utf8'))
    console.log(measuredText(serviceTimes, measured, workers))
    return {
      serviceRatePerSecond: serviceRate ?? (1000 * workers) / measured.meanMs,
      serviceP99Ms: serviceP99 ?? measured.p99Ms,
      serviceScv: measured.scv,
    }
  }
  if (serviceRate === undefined || serviceP99 === undefined) {
    throw new Error(
      'say how long work takes: --service-rate and --service-p99, or --service-times with a file',
    )
  }
  return { serviceRatePerSecond: serviceRate, serviceP99Ms: serviceP99, serviceScv: undefined }
}

function measuredText(path: string, { count, meanMs, p99Ms, scv }: MeasuredService, workers: number): string {
  return `${path}: ${count} service times, mean ${meanMs.toFixed(2)} ms, p99 ${p99Ms.toFixed(1)} ms, squared variation ${scv.toFixed(2)}; ${workers} workers do ${((1000 * workers) / meanMs).toFixed(0)}/s.\n`
}
